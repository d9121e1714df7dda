package talk

// Input is what a script of its own that runs the client feeds to it: after the command that logs in, which the script
// finds by [LoginScript] or on its first line, the commands and what ends their replies, by which [ParseReplies] knows
// them. mark names the connection; make it with [Mark].
func (p Place) Input(mark string, commands [][]string) string {
	input := p.opening(mark)
	for _, words := range commands {
		input += p.line(words) + p.end()
	}
	return input
}

// Mark is a new name for a connection.
func Mark() string { return newMark() }

// Asked is one of the commands of [Place.Input] with what ends its reply.
func (p Place) Asked(words []string) string { return p.line(words) + p.end() }
