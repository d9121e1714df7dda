package lab

import (
	"strings"
	"testing"
)

func tags(t *testing.T) map[string]part {
	t.Helper()
	seen := map[string]part{}
	for _, engine := range Engines() {
		for _, suite := range engine.Suites() {
			for _, server := range []ServerSpec{{Kind: engine}, {Kind: Web, Client: engine}} {
				part := server.recipe()
				tag, err := part.tag(suite)
				if err != nil || !strings.HasPrefix(tag, "belt-lab/"+part.name+":"+suite+"-") {
					t.Fatalf("%s on %s: %q, %v", part.name, suite, tag, err)
				}
				if other, taken := seen[tag]; taken {
					t.Errorf("%s and %s have the same image", part.name, other.name)
				}
				seen[tag] = part
			}
		}
	}
	return seen
}

func TestEveryServerHasAnImageOfItsOwn(t *testing.T) {
	if n := len(tags(t)); n < 20 {
		t.Errorf("only %d images", n)
	}
}

// The files of one engine's part are in no other engine's image.
func TestARecipeIsOfItsEngineAlone(t *testing.T) {
	for tag, part := range tags(t) {
		family := engines[Kind(part.kind)].family
		for _, folder := range part.folders {
			if folder != "package" && folder != family && folder != part.kind {
				t.Errorf("%s is made of %s", tag, folder)
			}
		}
		if part.packages == "" {
			t.Errorf("%s has no packages", tag)
		}
	}
}

func TestATagChangesWithTheRecipe(t *testing.T) {
	part := ServerSpec{Kind: MariaDB}.recipe()
	was, err := part.tag("bookworm")
	if err != nil {
		t.Fatal(err)
	}
	part.packages += " another"
	now, err := part.tag("bookworm")
	if err != nil || now == was {
		t.Errorf("another package, and still %s (%v)", now, err)
	}
	part.folders = []string{"nowhere"}
	if tag, err := part.tag("bookworm"); err == nil {
		t.Errorf("a folder that is not there: %s", tag)
	}
}
