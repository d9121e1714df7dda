package lab

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// bareDebian imports a minimal Debian of the suite as the image tag. As root it
// is made by debootstrap from the mirror that this machine's own apt uses;
// otherwise it is Debian's image, from Docker's registry.
func bareDebian(ctx context.Context, suite, tag string, log io.Writer) error {
	if os.Geteuid() != 0 {
		fmt.Fprintf(log, "image %s: pulling debian:%s (debootstrap needs root)\n", tag, suite)
		if _, err := docker(ctx, "pull", "-q", "debian:"+suite); err != nil {
			return err
		}
		_, err := docker(ctx, "tag", "debian:"+suite, tag)
		return err
	}
	// Not /tmp, which is often in memory; debootstrap refuses a nodev or noexec one.
	parent, err := os.MkdirTemp(cmp.Or(os.Getenv("TMPDIR"), "/var/tmp"), "belt-lab-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(parent)
	root := filepath.Join(parent, suite)
	fmt.Fprintf(log, "image %s: debootstrap of %s, about a minute\n", tag, suite)
	args := []string{"--variant=minbase", suite, root}
	if mirror := hostMirror("/etc/apt"); mirror != "" {
		args = append(args, mirror)
	}
	if out, err := exec.CommandContext(ctx, "debootstrap", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("debootstrap %s: %w: %s", suite, err, lastLines(out, 5))
	}
	tar := exec.CommandContext(ctx, "tar", "-C", root, "-c", ".")
	rootfs, err := tar.StdoutPipe()
	if err != nil {
		return err
	}
	if err := tar.Start(); err != nil {
		return err
	}
	_, importErr := dockerInput(ctx, rootfs, "import", "-c", "LABEL "+labelLab+".image=base", "-", tag)
	if err := tar.Wait(); importErr == nil && err != nil {
		return fmt.Errorf("tar of %s: %w", suite, err)
	}
	return importErr
}

// debianURI matches an archive of Debian itself in either format of apt's
// sources: one line ("deb [options] URI suite component") or deb822 ("URIs: URI").
var debianURI = regexp.MustCompile(`(?m)^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:.*?)(https?://\S+/debian/?)(?:\s|$)`)

// hostMirror is the Debian archive in apt's sources under dir, "" without one.
func hostMirror(dir string) string {
	files := []string{filepath.Join(dir, "sources.list")}
	for _, pattern := range []string{"*.list", "*.sources"} {
		more, _ := filepath.Glob(filepath.Join(dir, "sources.list.d", pattern)) // the pattern is sound
		files = append(files, more...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if found := debianURI.FindSubmatch(text); found != nil {
			return strings.TrimRight(string(found[1]), "/")
		}
	}
	return ""
}

// hostProxies are the proxy lines of this machine's apt, for the builds.
func hostProxies(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "apt-config", "dump").Output()
	if err != nil {
		return "" // no apt here: nothing to take over
	}
	var proxies strings.Builder
	for _, line := range lines(string(out)) {
		if key, _, _ := strings.Cut(line, " "); strings.HasPrefix(key, "Acquire::") && strings.Contains(key, "::Proxy") {
			proxies.WriteString(line + "\n")
		}
	}
	return proxies.String()
}

func lastLines(out []byte, n int) string {
	all := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-n):], []byte("; ")))
}
