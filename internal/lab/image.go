package lab

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// ImageAlias is the name of the image that ImportImage makes.
const ImageAlias = "busybox"

// initProgram is the first process of a container: ready at once, and gone at once on the signal of incus stop.
const initProgram = `#!/bin/sh
trap 'exit 0' PWR TERM
ip link set lo up
while :; do sleep 86400 & wait $!; done
`

// ImportImage gives the daemon a tiny image with the alias busybox: a static busybox with all its commands, and an init
// that starts and stops in milliseconds. Importing it again does nothing.
func (d *Daemon) ImportImage(ctx context.Context) error {
	if _, _, err := d.Client().GetImageAlias(ImageAlias); err == nil {
		return nil
	}
	image, err := buildImage(ctx)
	if err != nil {
		return fmt.Errorf("build image: %w", err)
	}
	return d.importImage(ctx, ImageAlias, &incus.ImageCreateArgs{MetaFile: bytes.NewReader(image), MetaName: "busybox.tar", Type: "container"})
}

// ImportRootFS gives the daemon an image with that alias whose root file system is a tar file.
func (d *Daemon) ImportRootFS(ctx context.Context, alias, path string) error {
	rootfs, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("import image: %w", err)
	}
	defer rootfs.Close()
	t := &tarball{}
	t.w = tar.NewWriter(&t.buf)
	t.metadata("debian")
	if t.err == nil {
		t.err = t.w.Close()
	}
	if t.err != nil {
		return fmt.Errorf("import image: %w", t.err)
	}
	return d.importImage(ctx, alias, &incus.ImageCreateArgs{MetaFile: &t.buf, MetaName: "metadata.tar",
		RootfsFile: rootfs, RootfsName: "rootfs.tar", Type: "container"})
}

// importImage makes an image and names it.
func (d *Daemon) importImage(ctx context.Context, name string, args *incus.ImageCreateArgs) error {
	op, err := d.Client().CreateImage(api.ImagesPost{Filename: args.MetaName}, args)
	if err != nil {
		return fmt.Errorf("import image: %w", err)
	}
	if err := op.WaitContext(ctx); err != nil {
		return fmt.Errorf("import image: %w", err)
	}
	fingerprint, _ := op.Get().Metadata["fingerprint"].(string)
	alias := api.ImageAliasesPost{ImageAliasesEntry: api.ImageAliasesEntry{
		Name: name, Type: "container", ImageAliasesEntryPut: api.ImageAliasesEntryPut{Target: fingerprint},
	}}
	if err := d.Client().CreateImageAlias(alias); err != nil {
		return fmt.Errorf("name image: %w", err)
	}
	return nil
}

// buildImage makes the image, the same bytes on every call.
func buildImage(ctx context.Context) ([]byte, error) {
	path := staticBusybox()
	busybox, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read busybox: %w", err)
	}
	list, err := exec.CommandContext(ctx, path, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("list the commands of busybox: %w", err)
	}
	t := &tarball{}
	t.w = tar.NewWriter(&t.buf)
	t.metadata("busybox")
	for _, dir := range []string{"", "bin", "dev", "etc", "home", "mnt", "proc", "root", "run", "sbin", "sys", "tmp", "var"} {
		t.add(&tar.Header{Typeflag: tar.TypeDir, Name: "rootfs/" + dir, Mode: 0o755}, nil)
	}
	t.file("rootfs/bin/busybox", 0o755, busybox)
	t.file("rootfs/sbin/init", 0o755, []byte(initProgram))
	t.file("rootfs/etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/bin/sh\n"))
	t.file("rootfs/etc/group", 0o644, []byte("root:x:0:\n"))
	t.file("rootfs/etc/hosts", 0o644, []byte("127.0.0.1 localhost\n"))
	for command := range strings.FieldsSeq(string(list)) {
		if command != "busybox" && command != "init" {
			t.add(&tar.Header{Typeflag: tar.TypeSymlink, Name: "rootfs/bin/" + command, Linkname: "busybox", Mode: 0o777}, nil)
		}
	}
	if t.err == nil {
		t.err = t.w.Close()
	}
	return t.buf.Bytes(), t.err
}

func architecture() string {
	switch runtime.GOARCH {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	}
	return runtime.GOARCH
}

// tarball keeps the first error, so that its user can add without looking.
type tarball struct {
	buf bytes.Buffer
	w   *tar.Writer
	err error
}

// metadata describes an image.
func (t *tarball) metadata(system string) {
	t.file("metadata.yaml", 0o644, fmt.Appendf(nil, "architecture: %s\ncreation_date: 1700000000\nproperties:\n  os: %s\n", architecture(), system))
}

func (t *tarball) file(name string, mode int64, data []byte) {
	t.add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(data))}, data)
}

func (t *tarball) add(h *tar.Header, data []byte) {
	if t.err != nil {
		return
	}
	h.Format, h.ModTime = tar.FormatUSTAR, time.Unix(1700000000, 0)
	if t.err = t.w.WriteHeader(h); t.err == nil {
		_, t.err = t.w.Write(data)
	}
}
