package redis

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strconv"
)

// rdbHead is what the first bytes of a data file tell: with which point in the stream of changes a server that loads it
// goes on (rdb.c, rdbSaveInfoAuxFields).
type rdbHead struct {
	ID     string // of the stream; empty where there is none
	Offset int64
}

func parseRDBHead(encoded string) rdbHead {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) < 9 || !bytes.HasPrefix(data, []byte("REDIS")) && !bytes.HasPrefix(data, []byte("VALKEY")) {
		return rdbHead{}
	}
	var head rdbHead
	for s := data[9:]; len(s) > 0 && s[0] == 0xfa; { // an auxiliary field: two strings
		name, rest, ok := rdbString(s[1:])
		if !ok {
			return head
		}
		value, rest, ok := rdbString(rest)
		if !ok {
			return head
		}
		switch name {
		case "repl-id":
			head.ID = value
		case "repl-offset":
			head.Offset, _ = strconv.ParseInt(value, 10, 64)
		}
		s = rest
	}
	return head
}

// rdbString reads a short string: with a length of six or fourteen bits, or a small number.
func rdbString(s []byte) (value string, rest []byte, ok bool) {
	if len(s) == 0 {
		return "", nil, false
	}
	first, s := s[0], s[1:]
	length := int(first & 0x3f)
	switch first >> 6 {
	case 0:
	case 1:
		if len(s) == 0 {
			return "", nil, false
		}
		length, s = length<<8|int(s[0]), s[1:]
	case 3:
		size := map[byte]int{0xc0: 1, 0xc1: 2, 0xc2: 4}[first]
		if size == 0 || len(s) < size {
			return "", nil, false
		}
		var n int64
		switch size {
		case 1:
			n = int64(int8(s[0]))
		case 2:
			n = int64(int16(binary.LittleEndian.Uint16(s)))
		case 4:
			n = int64(int32(binary.LittleEndian.Uint32(s)))
		}
		return strconv.FormatInt(n, 10), s[size:], true
	default:
		return "", nil, false
	}
	if len(s) < length {
		return "", nil, false
	}
	return string(s[:length]), s[length:], true
}
