# stands DATA LOG: up to where a server that is down has its data, told by its own binary log: MariaDB's "0-1-7,0-2-9", or
# MySQL's set of transactions; "-" for none. What came with a copy is not in it. DATA is its data folder, LOG its option log_bin.
# Prints nothing where nobody can tell.
stands() {
	log=$2
	case ${log##*/} in *.*) log=${log%.*} ;; esac
	case $log in /*) ;; ?*) log=$1/$log ;; esac
	index=$log.index
	[ -r "$index" ] || index=$(for file in "$1"/*.index; do case $file in *relay*) ;; *) [ ! -r "$file" ] || echo "$file" ;; esac; done | head -n 1)
	[ -r "$index" ] || return 0
	last=$(tail -n 1 "$index")
	case $last in /*) ;; *) last=$1/$last ;; esac
	[ -r "$last" ] || return 0
	# MariaDB writes this file when it is stopped. The first event of a log says whether it was closed: bit 0 of its flags.
	if [ -r "${index%.index}.state" ] && [ "$(od -An -tu1 -j21 -N1 "$last" | tr -d ' ')" = 0 ]; then
		if [ -s "${index%.index}.state" ]; then paste -s -d , "${index%.index}.state"; else echo -; fi
		return 0
	fi
	tool=$(command -v mariadb-binlog || command -v mysqlbinlog) || return 0
	{ timeout 20 "$tool" --no-defaults "$last" 2>/dev/null && echo "$last is whole"; } | awk -v mark="$last is whole" '
		function take(gtid, part) {
			split(gtid, part, "-")
			if (part[3] + 0 >= last[part[1] "-" part[2]] + 0) last[part[1] "-" part[2]] = part[3]
		}
		function tell(text) { out = out (out == "" ? "" : ",") text }
		$0 == mark { whole = 1 }
		/^#.*\tGTID [0-9]/ { sub(/.*\tGTID /, ""); take($1); next }
		/^#.*\tGtid list \[/ { sub(/.*\[/, ""); listed = 1 }
		listed { if (/\]/) listed = 0; gsub(/[^-0-9]/, ""); if ($0 != "") take($0); next }
		/^#.*\tPrevious-GTIDs$/ { before = 1; next }
		before && /^# [0-9a-fA-F]+-[-0-9a-fA-F]*:/ { sub(/^# /, ""); sub(/,[ \t]*$/, ""); tell($0); next }
		before { before = 0 }
		/^SET @@SESSION.GTID_NEXT= *\047[0-9a-fA-F]+-/ {
			sub(/^[^\047]*\047/, ""); sub(/\047.*/, "")
			number = $0; sub(/.*:/, "", number)
			source = $0; sub(/:[^:]*$/, "", source)
			if (source == same && number + 0 == end + 1) { end = number; next }
			if (same != "") tell(same ":" first "-" end)
			same = source; first = end = number
		}
		END {
			if (!whole) exit
			if (same != "") tell(same ":" first "-" end)
			for (who in last) tell(who "-" last[who])
			print out == "" ? "-" : out
		}'
}
