package mongotest

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// rank is a type's place in MongoDB's order of values.
func rank(t bson.Type) int {
	switch t {
	case bson.TypeMinKey:
		return 0
	case bson.TypeNull:
		return 1
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble:
		return 2
	case bson.TypeString:
		return 3
	case bson.TypeEmbeddedDocument:
		return 4
	case bson.TypeBinary:
		return 6
	case bson.TypeObjectID:
		return 7
	case bson.TypeBoolean:
		return 8
	case bson.TypeDateTime:
		return 9
	case bson.TypeTimestamp:
		return 10
	case bson.TypeMaxKey:
		return 12
	}
	panic(fmt.Sprintf("mongotest does not compare values of type %s", t))
}

// compare puts two values into MongoDB's order.
func compare(a, b bson.RawValue) int {
	if ra, rb := rank(a.Type), rank(b.Type); ra != rb {
		return cmp.Compare(ra, rb)
	}
	switch a.Type {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble:
		if a.Type != bson.TypeDouble && b.Type != bson.TypeDouble {
			return cmp.Compare(a.AsInt64(), b.AsInt64())
		}
		return cmp.Compare(number(a), number(b))
	case bson.TypeString:
		return strings.Compare(a.StringValue(), b.StringValue())
	case bson.TypeTimestamp:
		at, ai := a.Timestamp()
		bt, bi := b.Timestamp()
		return cmp.Or(cmp.Compare(at, bt), cmp.Compare(ai, bi))
	case bson.TypeDateTime:
		return cmp.Compare(a.DateTime(), b.DateTime())
	case bson.TypeEmbeddedDocument:
		return compareDocs(a.Document(), b.Document())
	}
	return bytes.Compare(a.Value, b.Value)
}

func compareDocs(a, b bson.Raw) int {
	x, _ := a.Elements()
	y, _ := b.Elements()
	for i := range min(len(x), len(y)) {
		if d := cmp.Or(cmp.Compare(rank(x[i].Value().Type), rank(y[i].Value().Type)), strings.Compare(x[i].Key(), y[i].Key()), compare(x[i].Value(), y[i].Value())); d != 0 {
			return d
		}
	}
	return cmp.Compare(len(x), len(y))
}

func number(v bson.RawValue) float64 {
	switch v.Type {
	case bson.TypeInt32:
		return float64(v.Int32())
	case bson.TypeInt64:
		return float64(v.Int64())
	case bson.TypeDouble:
		return v.Double()
	}
	return 0
}
