# directives FILE: the directives of a configuration as the server reads it, FILE<tab>LINE<tab>TEXT each, included files
# in their place. Since 7.0 an include may be a pattern, and its files come in the order of their names.
directives() {
	awk -v main="$1" '
	function plain(s) {
		if (s ~ /^".*"$/) { s = substr(s, 2, length(s) - 2); gsub(/\\"/, "\"", s); gsub(/\\\\/, "\\", s) }
		else if (s ~ /^\047.*\047$/) s = substr(s, 2, length(s) - 2)
		return s
	}
	function read(file, depth,   line, n, rest, command, found) {
		if (depth > 16 || file in open) return
		open[file] = 1
		n = 0
		while ((getline line < file) > 0) {
			n++
			sub(/^[ \t\r]+/, "", line)
			sub(/[ \t\r]+$/, "", line)
			if (line == "" || line ~ /^#/) continue
			printf "%s\t%d\t%s\n", file, n, line
			if (tolower(line) !~ /^include[ \t]/) continue
			rest = line
			sub(/^[^ \t]+[ \t]+/, "", rest)
			rest = plain(rest)
			if (rest !~ /[*?[]/) { read(rest, depth + 1); continue }
			gsub(/[^A-Za-z0-9_.\/*?\[\]-]/, "\\\\&", rest)
			command = "for f in " rest "; do if [ -f \"$f\" ]; then printf \"%s\\n\" \"$f\"; fi; done"
			while ((command | getline found) > 0) read(found, depth + 1)
			close(command)
		}
		close(file)
		delete open[file]
	}
	BEGIN { read(main, 0) }'
}
