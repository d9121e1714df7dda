#!/bin/sh
# Makes a lab server of a bare Debian: login users, and what a first boot creates.
set -eu
install -m 755 /tmp/init /sbin/lab-init && rm /tmp/init

# The locale that most PostgreSQL clusters in the field have: its collation
# comes from glibc, so its version matters to a replica.
sed -i 's/^# *\(en_US.UTF-8 UTF-8\)/\1/' /etc/locale.gen
locale-gen
update-locale LANG=en_US.UTF-8

# Every server makes its own host keys and machine id at its first boot.
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id
cat > /etc/systemd/system/lab-hostkeys.service <<'UNIT'
[Unit]
Description=SSH host keys of this server
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service ssh.socket

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable ssh.service lab-hostkeys.service

# What a container neither has nor needs.
systemctl mask getty.target console-getty.service systemd-udevd.service \
  systemd-networkd.service systemd-resolved.service systemd-timesyncd.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-remount-fs.service systemd-logind-varlink.socket \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer

# deploy is the usual login; the others are each odd in one way.
user() { useradd --create-home --shell "$2" "$1"; install -d -m 700 -o "$1" -g "$1" "/home/$1/.ssh"; }
user deploy /bin/bash
user fishy  "$(command -v fish)"
user cshy   /bin/csh
user noisy  /bin/bash
user nosudo /bin/bash
user asked  /bin/bash
install -d -m 700 /root/.ssh

for file in .bashrc .profile; do
  { echo 'echo "Welcome to this server!"'; echo 'echo "3 updates can be applied." >&2'; cat "/home/noisy/$file"; } > /tmp/noisy
  cat /tmp/noisy > "/home/noisy/$file"
done
rm -f /tmp/noisy

for name in deploy fishy cshy noisy; do echo "$name ALL=(ALL:ALL) NOPASSWD: ALL"; done > /etc/sudoers.d/lab
echo 'asked ALL=(ALL:ALL) ALL' >> /etc/sudoers.d/lab
chmod 440 /etc/sudoers.d/lab
