// Package transfer moves a stream from a tool on one server into a tool on another, for what has no transport of its own
// from server to server: the streams of backup programs.
//
// A [Stream] is two detached jobs (see the package job), one on each server. In each a small program, the mover, runs
// the engine's script: the sender's writes the stream to its output, the receiver's reads it from its input. The bytes
// go straight between the servers, over TLS 1.3 with certificates that are made for this stream and known to these two
// ends only, on several connections at once, in numbered chunks with a checksum each.
//
// What a stream extractor accepts says nothing: mbstream takes a stream that was cut between two of its chunks for a
// whole one. So the sender writes a trailer, with the number of bytes and a hash of all, only after its tool ended
// with success; the receiver keeps its tool's input open until it has that and it is right, and kills the tool
// otherwise. Both ends' failures are told with the tool's own last lines.
//
// A connection that breaks is made again and the stream goes on from the last acknowledged chunk; so it does when the
// network pauses for some minutes. Belt itself may go away: the jobs go on, and the same Stream attaches to them. Where
// the servers cannot reach each other the connections are carried through Belt's own, still encrypted from end to end;
// then the stream waits while Belt is away.
//
// The mover is put into the jobs' folders, on /var/lib/belt, and is gone with them: nothing is installed.
package transfer
