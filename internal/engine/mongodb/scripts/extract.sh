# Makes a data folder of an archive on stdin, by a mongod that runs for that alone. Follows scratch.sh. $1 folder, $2 program,
# then options of mongod.
find "$1" -mindepth 1 -delete || exit
scratch "$@"
# Without --stopOnError it goes on after a document that it could not write, and ends as if nothing had been.
mongorestore --uri="$uri" --archive --oplogReplay --stopOnError || exit
rest
