# Lets the lab's key ($1) in on a booted new server, and prints the host keys.
set -eu
for login in root deploy fishy cshy noisy nosudo asked; do
  file=$(getent passwd "$login" | cut -d: -f6)/.ssh/authorized_keys
  printf '%s\n' "$1" > "$file"
  chown "$login:" "$file"
  chmod 600 "$file"
done
cat /etc/ssh/ssh_host_*_key.pub
touch /etc/lab-is-set-up
