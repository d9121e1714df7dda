package inventory

import "reflect"

// same compares what two inventories mean: not where it stands.
func same(a, b *Inventory) bool {
	x, y := reflect.New(reflect.TypeOf(*a)), reflect.New(reflect.TypeOf(*b))
	x.Elem().Set(reflect.ValueOf(*a))
	y.Elem().Set(reflect.ValueOf(*b))
	x.Elem().FieldByName("Hash").SetString("")
	y.Elem().FieldByName("Hash").SetString("")
	return reflect.DeepEqual(meaning(x.Elem()).Interface(), meaning(y.Elem()).Interface())
}

// meaning copies a value without positions, and with nil for lists that are empty.
func meaning(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch {
	case v.Type() == reflect.TypeFor[Pos]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(meaning(v.Field(i)))
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			out = reflect.Append(out, meaning(v.Index(i)))
		}
	default:
		out.Set(v)
	}
	return out
}
