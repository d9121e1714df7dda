// Package mover is the program at each end of a stream; see the package transfer, which sends it there.
//
// The stream is cut into chunks with a number, a length and a CRC-32C of their own. A chunk goes over whichever
// connection is free. The receiver puts them in order, and says which arrived and how many its tool has taken; the
// sender keeps a chunk until it arrived, and is never more than a window ahead of the tool. So a lost connection costs
// the chunks that were under way on it, which another one takes over, and a slow tool slows the sender, not memory.
//
// After the last chunk, and only when the sender's tool ended well, comes the trailer: the number of chunks and bytes,
// and the SHA-256 of every chunk's number, length and checksum. The receiver lets its tool's input end only when all
// that is right, and tells the sender when its tool has ended well too.
package mover
