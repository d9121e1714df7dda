# login FILE: the command by which Belt logs in to the server that was started with this configuration, as its default
# user. Words are quoted alike in the configuration and in the input of the client, so they pass as they stand. Nothing
# is printed where no password is set.
login() {
	directives "$1" | awk '
	{
		text = $0
		sub(/^[^\t]*\t[^\t]*\t/, "", text)
		name = tolower(text)
		sub(/[ \t].*/, "", name)
		value = text
		sub(/^[^ \t]+[ \t]*/, "", value)
		if (name == "requirepass") password = (value == "\"\"" || value == "\047\047") ? "" : value
		if (name == "aclfile") aclfile = value
		if (name == "user" && value ~ /^default[ \t]/) user(value)
	}
	function user(rules,   words, n, i) {
		n = split(rules, words, /[ \t]+/)
		for (i = 2; i <= n; i++) {
			if (words[i] ~ /^>/) password = substr(words[i], 2)
			if (words[i] == "nopass") password = ""
		}
	}
	END {
		gsub(/^["\047]|["\047]$/, "", aclfile)
		if (aclfile != "") while ((getline line < aclfile) > 0) if (line ~ /^user[ \t]+default[ \t]/) {
			sub(/^user[ \t]+/, "", line)
			user(line)
		}
		if (password != "") print "AUTH " password
	}'
}
