// Package talk asks a Redis or Valkey server through the client program on its own host.
//
// The client reads commands on its input, one a line, and prints each reply as a line of comma-separated values; a few
// replies (INFO, CLIENT LIST) it prints as they are. So that the end of every reply is certain, each command is followed
// by one whose answer is known: the name that Belt gave its own connection. Passwords travel on the input: in no list of
// arguments, and in no environment.
package talk
