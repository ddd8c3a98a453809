package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
	"github.com/pkg/sftp"

	"iab/internal/files"
	"iab/internal/plan"
)

// editorMount is where a volume lies in the container through which files are put into it.
const editorMount = "/volume"

// Edit opens the live files of an object on the source, and closes them when use returns. Those of a volume are reached by SFTP where
// the server has that, else through a container of the name editor, which has no other data, no network and lives no
// longer than use. Block volumes and virtual machines without an agent have no files to open.
func (p *Pair) Edit(ctx context.Context, ref, editor plan.Ref, use func(files.Place) error) error {
	what := fmt.Sprintf("open the files of %s on the source", ref)
	c := p.in(plan.Source, ref.Project)
	if ref.Kind == plan.Instance {
		client, err := c.instanceFiles(ctx, ref)
		return edit(ctx, what, client, err, "", use)
	}
	volume, _, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	if err != nil {
		return failure(what, err)
	}
	if volume.ContentType != "filesystem" {
		return &Error{Text: what + ": it is a " + volume.ContentType + " volume and has no files", Hint: "restore it as a whole"}
	}
	if c.HasExtension("custom_volume_sftp") {
		client, err := p.openFiles(ctx, func() (net.Conn, error) { return c.GetStoragePoolVolumeFileSFTPConn(ref.Pool, "custom", ref.Name) })
		return edit(ctx, what, client, err, "", use)
	}
	err = p.startEditor(ctx, c, volume, ref, editor)
	if err == nil {
		var client *sftp.Client
		client, err = c.instanceFiles(ctx, editor)
		err = edit(ctx, what, client, err, editorMount, use)
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cloneGrace)
	defer cancel()
	return first(err, p.DeleteClone(grace, plan.Source, editor))
}

func edit(ctx context.Context, what string, client *sftp.Client, err error, base string, use func(files.Place) error) error {
	if err != nil {
		return failure(what, err)
	}
	defer func() { _ = client.Close() }()
	// An interrupted use ends by itself, and still has to take away what it has begun to write.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(cloneGrace, func() { _ = client.Close() }) })()
	if err := use(sftpPlace{client, base}); err != nil {
		return firstOf(ctx.Err(), err)
	}
	return nil
}

// startEditor makes and starts a container that has the volume and, besides a program that does nothing, no data. Its owners are shifted
// as those of the volume are, so that the server has no reason to shift them anew.
func (p *Pair) startEditor(ctx context.Context, c *projectClient, volume *api.StorageVolume, ref, editor plan.Ref) error {
	what := fmt.Sprintf("make the container %s, through which files are put into %s", editor.Name, ref)
	if _, err := c.configOf(editor); err == nil || !api.StatusErrorCheck(err, http.StatusNotFound) {
		return failure(what, errors.Join(errors.New("that name is taken"), err))
	}
	server, _, err := c.GetServer()
	if err != nil {
		return failure(what, err)
	}
	if len(server.Environment.Architectures) == 0 {
		return &Error{Text: what + ": the server does not tell its architecture"}
	}
	program, err := idleProgram(server.Environment.Architectures[0])
	if err != nil {
		return failure(what, err)
	}
	config := plan.CloneMarks(plan.PurposeEdit, p.owner.Identity)
	config["boot.autostart"] = "false"
	if shift, err := parseShifts(volume.Config[idmapKey]); err == nil && len(shift) == 0 && volume.Config["security.shifted"] != "true" {
		config["security.privileged"] = "true"
	}
	c.listen()
	here := p.at(plan.Source, ref.Project, memberOf(volume.Location))
	here.listen()
	op, err := here.CreateInstance(api.InstancesPost{
		Name: editor.Name, Type: api.InstanceTypeContainer, Source: api.InstanceSource{Type: "none"},
		InstancePut: api.InstancePut{Config: config, Profiles: []string{}, Devices: map[string]map[string]string{
			"root":   {"type": "disk", "path": "/", "pool": ref.Pool},
			"volume": {"type": "disk", "path": editorMount, "pool": ref.Pool, "source": ref.Name},
		}},
	})
	if err := here.finish(ctx, what, op, err); err != nil {
		return err
	}
	if err := c.furnish(editor, program); err != nil {
		return failure(what, err)
	}
	op, err = c.UpdateInstanceState(editor.Name, api.InstanceStatePut{Action: "start", Timeout: -1}, "")
	return c.finish(ctx, what, op, err)
}

// furnish gives an empty container what it needs to start: the directories that the server mounts on, and a first process.
func (c *projectClient) furnish(editor plan.Ref, program io.ReadSeeker) error {
	for _, dir := range []string{"/dev", "/proc", "/sys", "/sbin", editorMount} {
		err := c.CreateInstanceFile(editor.Name, dir, incus.InstanceFileArgs{Type: "directory", Mode: 0o755})
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return c.CreateInstanceFile(editor.Name, "/sbin/init", incus.InstanceFileArgs{Type: "file", Content: program, Mode: 0o755, WriteMode: "overwrite"})
}
