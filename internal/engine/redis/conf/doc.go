// Package conf reads the configuration files of Redis and Valkey as the server does, and makes the few edits that Belt
// needs: one file of its own, and the line that includes it, as the last one of the main file.
//
// The server reads line by line and the last value wins, whichever file it stands in; so a file that is included at the
// very end has the last word, and taking its line out brings the configuration back that was there before.
package conf
