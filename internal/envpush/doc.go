// Package envpush gives app servers their variables: it edits the file on each, verbatim but for the variables that are
// to change, and runs the app's own command where the file changed.
//
// A push has three phases, each one round trip per server on its open connection, side by side within bounds:
//
//   - read: the content, whether the folder can be written, and what an earlier push left undone;
//   - stage: where something differs, a complete new file is put beside the old one (FILE.belt-new), synced, and given
//     the mode, owner, ACLs and context of the old one;
//   - switch: once every server that answers has staged, each makes ready and waits for the word, so that all rename
//     their files into place at the same moment; each proves by its hash that what is there is what was meant, appends
//     to its history, and runs the command.
//
// A server that cannot be reached or cannot stage is reported, and the others go on. The old file is whole until the
// moment of the rename, whatever fails. A file that somebody else changes between read and switch is left to them.
//
// What a server must not forget is kept on it, in /var/lib/belt: env.jsonl is the history of its variables, with secrets
// masked; env-owed has a record of each command that has to run because its file changed, from before the change until
// the command has succeeded. So the push after one that was killed, or whose command failed, runs the command again.
//
// A symbolic link is followed, and stays. A new file is 0600 and belongs to the owner of its folder: who owns the folder
// could put any file there anyway, and an application's own folder is there to be read by it; /etc is root's.
//
// Variables travel on stdin only, and no trace shows what is read.
package envpush
