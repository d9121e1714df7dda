# Starts a systemd unit and does not wait for it: a replica may be "activating" for as long as its copy takes (until 6.2
# it tells systemd that it is ready only then). $1 unit, $2 start|restart.
systemctl reset-failed "$1" 2>/dev/null
exec systemctl "$2" --no-block "$1"
