package plan

// groups cuts the plan into what runs one after the other. Each group is a set of lanes that run side by side, and a
// lane is the indices of its steps in order. A step without a lane is a group of its own.
func groups(steps []Step) [][][]int {
	var out [][][]int
	var names map[string]int // lane → its place in the current group; nil when none is open
	for i, s := range steps {
		if s.Lane == "" {
			out, names = append(out, [][]int{{i}}), nil
			continue
		}
		if names == nil {
			out, names = append(out, nil), map[string]int{}
		}
		group := &out[len(out)-1]
		place, ok := names[s.Lane]
		if !ok {
			place = len(*group)
			names[s.Lane] = place
			*group = append(*group, nil)
		}
		(*group)[place] = append((*group)[place], i)
	}
	return out
}
