// Command picture draws what a terminal shows, as an SVG: tmux capture-pane -e -p | go run ./internal/picture TITLE.
//
// Letters stand on a grid as in a terminal, whatever font the reader's machine has. Colors and bold are those of the
// capture; what else an escape sequence asks for is left out.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: picture TITLE < CAPTURE > SVG")
		os.Exit(2)
	}
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		_, err = io.WriteString(os.Stdout, draw(os.Args[1], parse(string(text))))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}
