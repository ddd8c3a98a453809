package remote

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/files"
	"iab/internal/plan"
)

// exportName is the name of the tar file that a server makes of a clone.
const exportName = "iab"

// Where the data lies in such a file (seen on 6.0.4 for volumes, read for virtual machines).
const (
	exportTree    = "backup/volume"
	exportImage   = "backup/volume.img"
	exportMachine = "backup/virtual-machine.img"
)

// walkExport has the server export a clone, and reads the file that it makes.
func (c *projectClient) walkExport(ctx context.Context, ref plan.Ref, within []string, visit files.Visit) error {
	shift, err := c.export(ctx, ref)
	if err != nil {
		return err
	}
	e := export{ctx: ctx, client: c, ref: ref, shift: shift, sizes: map[string]int64{}}
	return e.read(func(f files.File, content io.Reader) error {
		if !files.Within(f.Path, within) && !files.Above(f.Path, within) {
			return nil
		}
		return visit(f, func() (io.ReadCloser, error) {
			if f.Same != "" {
				return e.again(f.Same)
			}
			return io.NopCloser(content), nil
		})
	})
}

// export makes the file and returns how owners are shifted in it.
func (c *projectClient) export(ctx context.Context, ref plan.Ref) (shifts, error) {
	c.listen()
	if ref.Kind == plan.Instance {
		op, err := c.CreateInstanceBackup(ref.Name, api.InstanceBackupsPost{Name: exportName, InstanceOnly: true, CompressionAlgorithm: "none"})
		if err == nil {
			err = c.ended(ctx, op, nil)
		}
		return nil, err
	}
	volume, _, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	if err != nil {
		return nil, err
	}
	shift, err := parseShifts(volume.Config[idmapKey])
	if err != nil {
		return nil, err
	}
	op, err := c.CreateStorageVolumeBackup(ref.Pool, ref.Name, api.StorageVolumeBackupsPost{Name: exportName, VolumeOnly: true, CompressionAlgorithm: "none"})
	if err == nil {
		err = c.ended(ctx, op, nil)
	}
	return shift, err
}

// deleteExports removes the files that exports of a clone have left on the server.
func (c *projectClient) deleteExports(ctx context.Context, ref plan.Ref) error {
	list := func() ([]string, error) { return c.GetInstanceBackupNames(ref.Name) }
	remove := func(name string) (incus.Operation, error) { return c.DeleteInstanceBackup(ref.Name, name) }
	if ref.Kind == plan.Volume {
		list = func() ([]string, error) { return c.GetStorageVolumeBackupNames(ref.Pool, ref.Name) }
		remove = func(name string) (incus.Operation, error) {
			return c.DeleteStorageVolumeBackup(ref.Pool, ref.Name, name)
		}
	}
	names, err := list()
	if err != nil {
		return err
	}
	for _, name := range names {
		op, err := remove(plainName(name))
		if api.StatusErrorCheck(err, http.StatusNotFound) {
			continue
		}
		if err == nil {
			err = c.ended(ctx, op, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// export is the tar file of a clone on its server. It can be read as often as one likes.
type export struct {
	ctx    context.Context
	client *projectClient
	ref    plan.Ref
	shift  shifts
	sizes  map[string]int64 // of the files seen, for those that have a second name
}

// read goes through the file from its start.
func (e export) read(visit func(f files.File, content io.Reader) error) error {
	pipe, end := e.download()
	defer end()
	archive := tar.NewReader(pipe)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		f, ok := e.file(header)
		if !ok {
			continue
		}
		if err := visit(f, archive); err != nil {
			return err
		}
	}
}

// again opens a file of the export anew: its content came by already under its first name.
func (e export) again(name string) (io.ReadCloser, error) {
	pipe, end := e.download()
	archive := tar.NewReader(pipe)
	for {
		header, err := archive.Next()
		if err != nil {
			end()
			return nil, fmt.Errorf("find %s in the export again: %w", name, err)
		}
		if f, ok := e.file(header); ok && f.Path == name {
			return found{archive, end}, nil
		}
	}
}

// found is a file in the middle of a download, which ends with it.
type found struct {
	io.Reader
	end func()
}

func (f found) Close() error {
	f.end()
	return nil
}

// download begins to fetch the file. end gives the rest of it up.
func (e export) download() (content io.Reader, end func()) {
	reader, writer := io.Pipe()
	release := context.AfterFunc(e.ctx, func() { reader.CloseWithError(e.ctx.Err()) })
	request := &incus.BackupFileRequest{BackupFile: forward{writer}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		if e.ref.Kind == plan.Volume {
			_, err = e.client.GetStorageVolumeBackupFile(e.ref.Pool, e.ref.Name, exportName, request)
		} else {
			_, err = e.client.GetInstanceBackupFile(e.ref.Name, exportName, request)
		}
		writer.CloseWithError(err)
	}()
	return reader, func() {
		release()
		_ = reader.Close()
		<-done
	}
}

// forward is a writer that can't go back; the client asks for one that could, and never does.
type forward struct{ io.Writer }

func (forward) Seek(int64, int) (int64, error) { return 0, errors.ErrUnsupported }

// file describes a file of the export; ok is false for what the server itself has added.
func (e export) file(h *tar.Header) (f files.File, ok bool) {
	name := path.Clean(h.Name)
	if name == exportImage || name == exportMachine {
		return files.File{Path: path.Base(name), Type: files.Image, Size: h.Size}, true
	}
	if name != exportTree && !strings.HasPrefix(name, exportTree+"/") {
		return files.File{}, false
	}
	inside := func(name string) string {
		return strings.TrimPrefix(strings.TrimPrefix(path.Clean(name), exportTree), "/")
	}
	f = files.File{Path: inside(name), Mode: uint32(h.Mode & 0o7777), UID: e.shift.uid(h.Uid), GID: e.shift.gid(h.Gid), Modified: h.ModTime}
	switch h.Typeflag {
	case tar.TypeReg:
		f.Type, f.Size = files.Regular, h.Size
		e.sizes[f.Path] = h.Size
	case tar.TypeLink:
		f.Type, f.Same = files.Regular, inside(h.Linkname)
		f.Size = e.sizes[f.Same]
	case tar.TypeDir:
		f.Type = files.Directory
	case tar.TypeSymlink:
		f.Type, f.Target = files.Link, h.Linkname
	default:
		f.Type = files.Special
	}
	return f, true
}

// idmapKey is where a server keeps how the owners of a volume's files are shifted on its disk: those that an unprivileged container
// knows by 0 belong to 1000000 there.
const idmapKey = "volatile.idmap.last"

// nextIDMapKey is where a server keeps how they are to be shifted when the volume is used next.
const nextIDMapKey = "volatile.idmap.next"

// shifts undo the shifting of owners.
type shifts []struct {
	Isuid, Isgid           bool
	Hostid, Nsid, Maprange int64
}

func parseShifts(text string) (shifts, error) {
	if text == "" {
		return nil, nil
	}
	var list shifts
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read %s: %w", idmapKey, err)
	}
	return list, nil
}

func (s shifts) uid(id int) int {
	for _, m := range s {
		if at := int64(id) - m.Hostid; m.Isuid && at >= 0 && at < m.Maprange {
			return int(m.Nsid + at)
		}
	}
	return id
}

func (s shifts) gid(id int) int {
	for _, m := range s {
		if at := int64(id) - m.Hostid; m.Isgid && at >= 0 && at < m.Maprange {
			return int(m.Nsid + at)
		}
	}
	return id
}
