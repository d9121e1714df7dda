# A unit may be started by others, such as a socket that somebody connects to (Debian's mariadb.socket, where it is
# enabled). While a server has to stay stopped, these are stopped, too.
triggers() { systemctl show --property=TriggeredBy --value "$1" 2>/dev/null; }
stop_unit() {
	for trigger in $(triggers "$1"); do systemctl stop "$trigger"; done
	systemctl stop "$1"
}
start_unit() {
	for trigger in $(triggers "$1"); do
		if systemctl is-enabled --quiet "$trigger"; then systemctl start "$trigger" || :; fi
	done
	systemctl start "$1"
}
