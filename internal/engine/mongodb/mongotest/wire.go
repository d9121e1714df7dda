package mongotest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// conn is a client's connection.
type conn struct {
	process *process
	id      int32
	local   bool   // from the server itself
	user    string // "admin.root"; empty before a login
	roles   []string
	login   *login
}

// connect gives a client its end of a new connection.
func (p *process) connect(local bool) net.Conn {
	here, there := net.Pipe()
	p.lastConn++
	c := &conn{process: p, id: p.lastConn, local: local}
	p.conns[here] = true
	go c.serve(here)
	return there
}

func (c *conn) serve(nc net.Conn) {
	w := c.process.server.world
	defer func() {
		nc.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(c.process.conns, nc)
	}()
	for {
		msg, err := readMessage(nc)
		if err != nil {
			if !gone(err) {
				w.t.Errorf("%s: a message that mongod cannot read: %v", c.process.server.key(), err)
			}
			return
		}
		reply := c.answer(msg.command)
		out, err := msg.pack(msg.reply(reply))
		if err != nil {
			w.t.Errorf("%s: %v", c.process.server.key(), err)
			return
		}
		w.sent.Add(int64(len(out)))
		if _, err := nc.Write(out); err != nil {
			return
		}
	}
}

// message is a command as it came.
type message struct {
	id      int32
	query   bool // in an OP_QUERY, as drivers greet servers of which they know nothing
	packed  wiremessage.CompressorID
	command bson.D
}

func readMessage(r io.Reader) (message, error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return message{}, err
	}
	length, id, _, op, _, _ := wiremessage.ReadHeader(head[:])
	if length < 16 || length > 48000000 {
		return message{}, fmt.Errorf("length %d", length)
	}
	body := make([]byte, length-16)
	if _, err := io.ReadFull(r, body); err != nil {
		return message{}, err
	}
	packed := wiremessage.CompressorNoOp
	if op == wiremessage.OpCompressed {
		var err error
		if op, body, packed, err = unpack(body); err != nil {
			return message{}, err
		}
	}
	switch op {
	case wiremessage.OpMsg:
		cmd, err := readMsg(body)
		return message{id: id, packed: packed, command: cmd}, err
	case wiremessage.OpQuery:
		cmd, err := readQuery(body)
		return message{id: id, query: true, command: cmd}, err
	}
	return message{}, fmt.Errorf("operation %s", op)
}

var errShort = errors.New("it is cut off")

// readMsg reads the sections of an OP_MSG into one command.
func readMsg(body []byte) (bson.D, error) {
	flags, rest, ok := wiremessage.ReadMsgFlags(body)
	if !ok || flags&wiremessage.ChecksumPresent != 0 || flags&wiremessage.MoreToCome != 0 {
		return nil, fmt.Errorf("flags %d", flags)
	}
	var cmd bson.D
	var arrays bson.D
	for len(rest) > 0 {
		var kind wiremessage.SectionType
		if kind, rest, ok = wiremessage.ReadMsgSectionType(rest); !ok {
			return nil, errShort
		}
		switch kind {
		case wiremessage.SingleDocument:
			var doc bsoncore.Document
			if doc, rest, ok = wiremessage.ReadMsgSectionSingleDocument(rest); !ok {
				return nil, errShort
			}
			if err := bson.Unmarshal(doc, &cmd); err != nil {
				return nil, err
			}
		case wiremessage.DocumentSequence:
			var name string
			var docs []bsoncore.Document
			if name, docs, rest, ok = wiremessage.ReadMsgSectionDocumentSequence(rest); !ok {
				return nil, errShort
			}
			list := bson.A{}
			for _, d := range docs {
				list = append(list, bson.Raw(d))
			}
			arrays = append(arrays, bson.E{Key: name, Value: list})
		default:
			return nil, fmt.Errorf("section %d", kind)
		}
	}
	return append(cmd, arrays...), nil
}

func readQuery(body []byte) (bson.D, error) {
	_, rest, ok1 := wiremessage.ReadQueryFlags(body)
	ns, rest, ok2 := wiremessage.ReadQueryFullCollectionName(rest)
	_, rest, ok3 := wiremessage.ReadQueryNumberToSkip(rest)
	_, rest, ok4 := wiremessage.ReadQueryNumberToReturn(rest)
	doc, _, ok5 := wiremessage.ReadQueryQuery(rest)
	db, isCommand := strings.CutSuffix(ns, ".$cmd")
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !isCommand {
		return nil, fmt.Errorf("a query of %q", ns)
	}
	var cmd bson.D
	if err := bson.Unmarshal(doc, &cmd); err != nil {
		return nil, err
	}
	return append(cmd, bson.E{Key: "$db", Value: db}), nil
}

func (m message) reply(doc bson.Raw) []byte {
	op := wiremessage.OpMsg
	if m.query {
		op = wiremessage.OpReply
	}
	_, out := wiremessage.AppendHeaderStart(nil, 1, m.id, op)
	if m.query {
		out = wiremessage.AppendReplyFlags(out, wiremessage.AwaitCapable)
		out = wiremessage.AppendReplyCursorID(out, 0)
		out = wiremessage.AppendReplyStartingFrom(out, 0)
		out = wiremessage.AppendReplyNumberReturned(out, 1)
	} else {
		out = wiremessage.AppendMsgFlags(out, 0)
		out = wiremessage.AppendMsgSectionType(out, wiremessage.SingleDocument)
	}
	out = append(out, doc...)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	return out
}

// answer runs a command. A greeting may wait until something changes.
func (c *conn) answer(cmd bson.D) bson.Raw {
	w := c.process.server.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if wait, ok := value(cmd, "maxAwaitTimeMS").(int64); ok && wait > 0 {
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(time.Duration(wait) * time.Millisecond):
		}
		w.mu.Lock()
	}
	return c.run(cmd)
}

// gone tells whether an error only says that the other side went away.
func gone(err error) bool {
	var broken *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed) || errors.As(err, &broken)
}
