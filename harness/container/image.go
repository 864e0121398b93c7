package container

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

//go:embed Dockerfile
var dockerfile []byte

// rootfs are the directories of the image that a node writes to, whoever runs it. They
// have no sticky bit, with which it could not replace files that were copied there.
func rootfs() []string { return []string{"run/libvirt", "run/fakelibvirtd", "pki", "ssh", "tmp"} }

// module is what has the program.
const module = "github.com/fakelibvirt/fakelibvirtd"

// repository is the name of the images.
const repository = "fakelibvirtd"

// build is what the options of BuildImage make.
type build struct {
	binary, tag string
	own         bool
}

// BuildOption changes what BuildImage does.
type BuildOption func(*build)

// WithBinary takes this program, which must be static and for the engine's system,
// instead of building one.
func WithBinary(path string) BuildOption { return func(b *build) { b.binary = path } }

// WithTag sets the image's tag, instead of one made of what is in the image.
func WithTag(tag string) BuildOption { return func(b *build) { b.tag = tag } }

// ForThisProcess makes an image of its own for this process, which Sweep removes once
// the process is gone. It is for who is to remove the image soon, by [RemoveImage], and
// does not want to take it away from others.
func ForThisProcess() BuildOption { return func(b *build) { b.own = true } }

// BuildImage builds the image and returns its name, for [Run]. The program is built of
// the source of the version of fakelibvirtd in the go.mod of the current directory, or is
// that of [WithBinary]; no registry is needed. The same program gives the same name, and
// an image that is there already is not built again.
func BuildImage(ctx context.Context, opts ...BuildOption) (string, error) {
	var b build
	for _, o := range opts {
		o(&b)
	}
	name, err := b.build(ctx)
	if err != nil {
		return "", fmt.Errorf("build the image of fakelibvirtd: %w", err)
	}
	return name, nil
}

func (b *build) build(ctx context.Context) (string, error) {
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return "", err
	}
	defer provider.Close()
	cli := provider.Client()
	if b.binary == "" {
		dir, err := os.MkdirTemp("", "fakelibvirtd-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(dir)
		b.binary = filepath.Join(dir, "fakelibvirtd")
		if err := buildBinary(ctx, cli, b.binary); err != nil {
			return "", err
		}
	}
	program, err := os.ReadFile(b.binary)
	if err != nil {
		return "", err
	}
	archive, err := buildContext(program)
	if err != nil {
		return "", err
	}
	tag := b.tag
	if tag == "" {
		const short = 12
		sum := sha256.Sum256(archive)
		tag = hex.EncodeToString(sum[:])[:short]
	}
	labels := map[string]string{}
	if b.own {
		tag += fmt.Sprintf("-process-%d", os.Getpid())
		labels[imageOwnerLabel] = thisOwner()
	}
	name := repository + ":" + tag
	if b.tag == "" && !b.own {
		switch _, err := cli.ImageInspect(ctx, name); {
		case err == nil:
			return name, nil
		case !errdefs.IsNotFound(err):
			return "", err
		}
	}
	return provider.BuildImage(ctx, &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		ContextArchive:       bytes.NewReader(archive),
		Repo:                 repository,
		Tag:                  tag,
		KeepImage:            true,
		BuildOptionsModifier: func(o *client.ImageBuildOptions) { o.Labels = labels },
	}})
}

// RemoveImage removes an image that [BuildImage] has built.
func RemoveImage(ctx context.Context, img string) error {
	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return err
	}
	defer cli.Close()
	if _, err := cli.ImageRemove(ctx, img, client.ImageRemoveOptions{PruneChildren: true}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("remove the image %s: %w", img, err)
	}
	return nil
}

// buildBinary builds the program as it is in an image: static, and the same each time.
func buildBinary(ctx context.Context, cli client.APIClient, path string) error {
	engine, err := cli.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return err
	}
	dir, err := run(ctx, "", nil, "go", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return err
	}
	if dir == "" {
		return errors.New("the source of " + module + " is not here: go mod download gets it")
	}
	// In the module's own directory its go.sum has all that the program needs.
	_, err = run(ctx, dir, []string{"CGO_ENABLED=0", "GOOS=" + engine.Os, "GOARCH=" + engine.Arch, "GOWORK=off", "GOFLAGS=-mod=readonly"},
		"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", path, "./cmd/fakelibvirtd")
	return err
}

// run runs a command, in dir if that is not empty, and returns its output without the
// last newline.
func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// buildContext returns the context of the build: the same bytes for the same program.
func buildContext(program []byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	const everybodys, executable, plain = 0o777, 0o755, 0o644
	headers := []*tar.Header{
		{Name: "rootfs/", Typeflag: tar.TypeDir, Mode: executable},
		{Name: "rootfs/run/", Typeflag: tar.TypeDir, Mode: executable},
	}
	for _, dir := range rootfs() {
		headers = append(headers, &tar.Header{Name: "rootfs/" + dir + "/", Typeflag: tar.TypeDir, Mode: everybodys})
	}
	for _, h := range headers {
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
	}
	for _, f := range []struct {
		name    string
		mode    int64
		content []byte
	}{{"Dockerfile", plain, dockerfile}, {"fakelibvirtd", executable, program}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content))}); err != nil {
			return nil, err
		}
		if _, err := io.Copy(w, bytes.NewReader(f.content)); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), w.Close()
}
