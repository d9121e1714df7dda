package lab

import (
	"context"
	"crypto/sha256"
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

// Images builds the images of the suite that are not there yet.
func Images(ctx context.Context, suite string, log io.Writer) error {
	for _, kind := range []Kind{Web, PostgreSQL} {
		if _, err := image(ctx, suite, kind, log); err != nil {
			return err
		}
	}
	return nil
}

// image returns the tag of the image for servers of that kind, and builds it
// when its recipe has changed or was never built here.
func image(ctx context.Context, suite string, kind Kind, log io.Writer) (string, error) {
	hash, err := recipeHash(suite)
	if err != nil {
		return "", err
	}
	tag := fmt.Sprintf("belt-lab/%s:%s-%s", kind, suite, hash)
	if exists(ctx, tag) {
		return tag, nil
	}
	unlock, err := lockFile(filepath.Join(os.TempDir(), "belt-lab-images.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(ctx, tag) { // built by another run while this one waited
		return tag, nil
	}
	base := "belt-lab/base:" + suite
	if !exists(ctx, base) {
		if err := bareDebian(ctx, suite, base, log); err != nil {
			return "", fmt.Errorf("image %s: %w", base, err)
		}
	}
	fmt.Fprintf(log, "image %s: building, one to three minutes\n", tag)
	if err := build(ctx, base, string(kind), tag); err != nil {
		return "", fmt.Errorf("image %s: %w", tag, err)
	}
	return tag, nil
}

// build runs the recipe up to the stage target. The build has the host's
// network and apt proxies: where the host gets packages, so does the build.
func build(ctx context.Context, base, target, tag string) error {
	dir, err := os.MkdirTemp("", "belt-lab-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := fs.Sub(recipe, "recipe")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "host.conf"), []byte(hostProxies(ctx)), 0o644); err != nil {
		return err
	}
	args := []string{"build", "--network", "host", "--target", target, "--build-arg", "BASE=" + base,
		"--label", labelLab + ".image=" + target, "-t", tag}
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

// recipeHash changes with everything that an image is made of here.
func recipeHash(suite string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, suite)
	err := fs.WalkDir(recipe, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := recipe.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(data), data)
		return err
	})
	return fmt.Sprintf("%x", sum.Sum(nil))[:12], err
}
