package envfile

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// awkward are values that have broken a reader or a writer somewhere.
func awkward() []string {
	return []string{
		"", " ", "\t", "\n", "\n\n", "\r", "\r\n", "a\r\nb", "x\n", " lead", "trail ", "=", "=x", "a=b", "#", "a#b", "a #b", "#b", ";c",
		"'", "''", `"`, `""`, "`", "``", `it's`, `it's "so"`, `'x'`, `"x"`, "`x`", `'` + "\n" + `"`, `'"` + "`", `a'b"c$d` + "\\`e",
		`\`, `\\`, `a\`, `a\\`, `a\b`, `a\\b`, `\n`, `a\tb`, `it's \`, `"\`, `$\`, `#\`, "\\\n", "\\\r",
		"$", "$$", "$A", "${A}", "${A:-x}", "$(id)", "`id`", `\$`, `it's $5`, `pa$WORD1`, "%n", "%%", "!", "~", "~root", "*", "?", "[a]", "{a,b}",
		"007", "true", "null", "é", "日本語", "😀", "\u00a0", "\u2028", "\ufeff", "\x01", "\x1b[0m", "\x7f",
		"export A=1", "A=1\nB=2", "# written by belt: shop", "\n# written by belt: shop\nA=1", "EOF", "p w", "a b  c", "&", "a;id", "|", "<x>", "(", ")",
		"10.0.0.22,10.0.0.23", "postgresql://shop:p%40ss@10.0.0.21:5432/shop", "mongodb://h1:27017,h2:27017/?replicaSet=rs0",
		strings.Repeat("x", 5000),
	}
}

// randomValue draws from the characters that mean something to some reader.
func randomValue(r *rand.Rand) string {
	parts := []string{"'", `"`, "`", `\`, "$", "${A}", "$(id)", "#", " #", " ", "\t", "\n", "\r", "=", ";", "&", "!", "{", "}", "n", "r", "t",
		"a", "Z", "0", "é", "日", "export ", "A=", ",", "%", "\x01"}
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

// manyValues returns the awkward values and n random ones by variable name.
func manyValues(n int) map[string]string {
	r := rand.New(rand.NewPCG(1, 2))
	values := make(map[string]string)
	for i, v := range awkward() {
		values[fmt.Sprintf("K%03d", i)] = v
	}
	for i := range n {
		values[fmt.Sprintf("R%03d", i)] = randomValue(r)
	}
	return values
}
