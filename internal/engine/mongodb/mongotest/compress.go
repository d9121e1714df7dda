package mongotest

import (
	"encoding/binary"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// compressors are those that mongod has by default.
var compressors = []string{"snappy", "zstd", "zlib"}

// compression is the part of a greeting about compressors: those of the client that the server has, in the client's order.
func (r *request) compression() bson.D {
	offered, _ := value(r.cmd, "compression").(bson.A)
	both := bson.A{}
	for _, name := range offered {
		if text, ok := name.(string); ok && slices.Contains(compressors, text) {
			both = append(both, text)
		}
	}
	if len(both) == 0 {
		return nil
	}
	return bson.D{{Key: "compression", Value: both}}
}

// unpack takes the message out of an OP_COMPRESSED.
func unpack(body []byte) (wiremessage.OpCode, []byte, wiremessage.CompressorID, error) {
	op, rest, ok1 := wiremessage.ReadCompressedOriginalOpCode(body)
	size, rest, ok2 := wiremessage.ReadCompressedUncompressedSize(rest)
	id, rest, ok3 := wiremessage.ReadCompressedCompressorID(rest)
	if !ok1 || !ok2 || !ok3 {
		return 0, nil, 0, errShort
	}
	out, err := driver.DecompressPayload(rest, driver.CompressionOpts{Compressor: id, UncompressedSize: size})
	return op, out, id, err
}

// pack compresses a reply where its command was.
func (m message) pack(reply []byte) ([]byte, error) {
	if m.packed == wiremessage.CompressorNoOp {
		return reply, nil
	}
	const head = 16
	small, err := driver.CompressPayload(reply[head:], driver.CompressionOpts{
		Compressor: m.packed, ZlibLevel: wiremessage.DefaultZlibLevel, ZstdLevel: wiremessage.DefaultZstdLevel,
	})
	if err != nil {
		return nil, err
	}
	_, out := wiremessage.AppendHeaderStart(nil, 1, m.id, wiremessage.OpCompressed)
	out = wiremessage.AppendCompressedOriginalOpCode(out, wiremessage.OpMsg)
	out = wiremessage.AppendCompressedUncompressedSize(out, int32(len(reply)-head))
	out = wiremessage.AppendCompressedCompressorID(out, m.packed)
	out = wiremessage.AppendCompressedCompressedMessage(out, small)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	return out, nil
}
