# Waits until systemd has booted; degraded is booted all the same. The tries are
# bounded: nobody may be left who waits for the answer.
tries=3000
until [ -S /run/systemd/private ] && [ -S /run/dbus/system_bus_socket ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { echo "systemd does not start" >&2; exit 1; }
  sleep 0.1
done
state=$(timeout 300 systemctl is-system-running --wait 2>&1) || true
case $state in running | degraded) ;; *) echo "systemd is $state" >&2; exit 1 ;; esac
