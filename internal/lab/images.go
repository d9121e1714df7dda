package lab

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed recipe
var recipe embed.FS

// Images builds the images of the engine's servers on the suite that are not there yet.
func Images(ctx context.Context, engine Kind, suite string, log io.Writer) error {
	for _, server := range Standard(engine, "images", suite, "").Servers {
		if _, err := image(ctx, suite, server, log); err != nil {
			return err
		}
	}
	return nil
}

// image returns the tag of the server's image, and builds it when its recipe has changed or was never built here.
func image(ctx context.Context, suite string, server ServerSpec, log io.Writer) (string, error) {
	own := server.recipe()
	tag, err := own.tag(suite)
	if err != nil || exists(ctx, tag) {
		return tag, err
	}
	unlock, err := lockFile(filepath.Join(os.TempDir(), "belt-lab-images.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	base := "belt-lab/base:" + suite
	if !exists(ctx, base) {
		if err := bareDebian(ctx, suite, base, log); err != nil {
			return "", fmt.Errorf("image %s: %w", base, err)
		}
	}
	for _, part := range []part{bareServer, own} {
		tag, err := part.tag(suite)
		if err != nil {
			return "", err
		}
		if !exists(ctx, tag) { // another run may have built it while this one waited
			fmt.Fprintf(log, "image %s: building, one to three minutes\n", tag)
			if err := build(ctx, base, part, tag); err != nil {
				return "", fmt.Errorf("image %s: %w", tag, err)
			}
		}
		base = tag
	}
	return tag, nil
}

// build makes an image of a part of the recipe on base. The build has the host's network and apt proxies: where the host
// gets packages, so does the build.
func build(ctx context.Context, base string, part part, tag string) error {
	dir, err := os.MkdirTemp("", "belt-lab-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, folder := range part.folders {
		files, err := fs.Sub(recipe, "recipe/"+folder)
		if err != nil {
			return err
		}
		if err := os.CopyFS(dir, files); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "host.conf"), []byte(hostProxies(ctx)), 0o644); err != nil {
		return err
	}
	args := []string{"build", "--network", "host", "--label", labelLab + ".image=" + part.name, "-t", tag,
		"--build-arg", "BASE=" + base, "--build-arg", "PACKAGES=" + part.packages, "--build-arg", "KIND=" + part.kind}
	for _, proxy := range []string{"http_proxy", "https_proxy", "no_proxy"} {
		if os.Getenv(proxy) != "" {
			args = append(args, "--build-arg", proxy) // docker takes the value from its environment
		}
	}
	cmd := exec.CommandContext(ctx, "docker", append(args, dir)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker build: %w: %s", err, lastLines(out, 15))
	}
	return nil
}

func exists(ctx context.Context, tag string) bool {
	_, err := docker(ctx, "image", "inspect", tag)
	return err == nil
}
