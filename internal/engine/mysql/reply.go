package mysql

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
)

// replies is what the instance itself answered to an inspection.
type replies struct {
	json     []string
	file     string
	position int64
	do       string
	ignore   string
	logs     []binlog
	channels []channel
	problem  string // the client's first complaint
}

// readReplies reads the client's vertical output: rows of "name: value" lines, the JSON objects in columns named json.
// (The client of MySQL 9 takes \G only with an option that older ones do not know; --vertical they all have.)
func readReplies(text string, alive bool) (replies, error) {
	var r replies
	var row map[string]string
	last := ""
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line := lines.Text()
		name, value, isPair := strings.Cut(strings.TrimLeft(line, " "), ": ")
		if !isPair && strings.HasSuffix(line, ":") {
			name, value, isPair = strings.TrimLeft(strings.TrimSuffix(line, ":"), " "), "", true
		}
		switch {
		case strings.HasPrefix(line, "json: "):
			r.json = append(r.json, strings.TrimPrefix(line, "json: "))
		case strings.HasPrefix(line, "error: "):
			if r.problem == "" {
				r.problem = strings.TrimPrefix(line, "error: ")
			}
		case strings.HasPrefix(line, "***") && strings.HasSuffix(line, "row ***************************"):
			r.take(row)
			row, last = map[string]string{}, ""
		case row != nil && isPair && isName(name):
			row[name], last = value, name
		case row != nil && last != "": // a message of several lines
			row[last] += " " + line
		}
	}
	r.take(row)
	if err := lines.Err(); err != nil {
		return r, err
	}
	if alive && len(r.json) == 0 && r.problem == "" {
		return r, fmt.Errorf("no answer of the instance in %.200q", text)
	}
	return r, nil
}

func isName(s string) bool {
	for _, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// take sorts a row by the statement that it answers.
func (r *replies) take(row map[string]string) {
	number := func(name string) int64 {
		v, _ := strconv.ParseInt(row[name], 10, 64) // empty for a connection that never ran
		return v
	}
	switch {
	case row["Log_name"] != "":
		r.logs = append(r.logs, binlog{row["Log_name"], number("File_size")})
	case row["File"] != "":
		r.file, r.position = row["File"], number("Position")
		r.do, r.ignore = row["Binlog_Do_DB"], row["Binlog_Ignore_DB"]
	case row["Replica_IO_Running"] != "" || row["Slave_IO_Running"] != "":
		r.channels = append(r.channels, channelOf(row))
	}
}

// channelOf reads a row of SHOW REPLICA STATUS; MariaDB and MySQL before 8.0.22 have the old names of its columns.
func channelOf(row map[string]string) channel {
	get := func(names ...string) string {
		for _, name := range names {
			if v, ok := row[name]; ok {
				return v
			}
		}
		return ""
	}
	number := func(names ...string) int64 {
		v, _ := strconv.ParseInt(get(names...), 10, 64)
		return v
	}
	return channel{
		Name: get("Connection_name", "Channel_Name"),
		Host: get("Source_Host", "Master_Host"), Port: get("Source_Port", "Master_Port"), User: get("Source_User", "Master_User"),
		Reading: get("Replica_IO_Running", "Slave_IO_Running"), Applying: get("Replica_SQL_Running", "Slave_SQL_Running"),
		File: get("Source_Log_File", "Master_Log_File"), Position: number("Read_Source_Log_Pos", "Read_Master_Log_Pos"),
		ExecFile: get("Relay_Source_Log_File", "Relay_Master_Log_File"), ExecPosition: number("Exec_Source_Log_Pos", "Exec_Master_Log_Pos"),
		Behind:    get("Seconds_Behind_Source", "Seconds_Behind_Master"),
		ReadErrno: int(number("Last_IO_Errno")), ReadError: get("Last_IO_Error"),
		ApplyErrno: int(number("Last_SQL_Errno")), ApplyError: withoutSecrets(get("Last_SQL_Error")),
		AutoPosition: get("Auto_Position") == "1" || get("Using_Gtid") == "Slave_Pos" || get("Using_Gtid") == "Current_Pos",
		GTIDPos:      get("Gtid_IO_Pos"), SourceUUID: get("Source_UUID", "Master_UUID"),
	}
}

// withoutSecrets leaves a statement about an account out of an error of the applying thread. MariaDB shows it with the
// password in it.
func withoutSecrets(complaint string) string {
	before, statement, shown := strings.Cut(complaint, " Query: '")
	upper := strings.ToUpper(statement)
	if shown && (strings.Contains(upper, "IDENTIFIED") || strings.Contains(upper, "PASSWORD")) {
		return before + " Query: a statement about an account"
	}
	return complaint
}
