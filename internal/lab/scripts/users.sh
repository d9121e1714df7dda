# Lets the lab's key in as every login user. $1: the public key.
set -eu
for user in root deploy fishy cshy noisy nosudo asked; do
  file=$(getent passwd "$user" | cut -d: -f6)/.ssh/authorized_keys
  printf '%s\n' "$1" > "$file"
  chown "$user:" "$file"
  chmod 600 "$file"
done
