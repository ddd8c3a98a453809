package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"
	"github.com/pkg/sftp"

	"iab/internal/files"
	"iab/internal/plan"
)

// Walk goes through the files of a clone. Those of a container come by SFTP, which servers offer of stopped ones, too. Volumes
// and virtual machines have no such thing on 6.0.4: the server exports them into a tar file of its own, which is read as it comes
// and removed afterwards.
func (p *Pair) Walk(ctx context.Context, side plan.Side, ref plan.Ref, within []string, visit files.Visit) error {
	what := fmt.Sprintf("read the files of %s on the %s", ref, side)
	c := p.in(side, ref.Project)
	err := c.walk(ctx, ref, within, visit)
	if ctx.Err() != nil {
		err = firstOf(ctx.Err(), err)
	}
	if err != nil {
		return failure(what, err)
	}
	return nil
}

func (c *projectClient) walk(ctx context.Context, ref plan.Ref, within []string, visit files.Visit) error {
	if ref.Kind == plan.Volume {
		return c.walkExport(ctx, ref, within, visit)
	}
	instance, _, err := c.GetInstance(ref.Name)
	if err != nil {
		return err
	}
	if instance.Type != string(api.InstanceTypeContainer) {
		return c.walkExport(ctx, ref, within, visit)
	}
	client, err := c.instanceFiles(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	return walker{ctx, client, within, visit}.below("")
}

// instanceFiles opens the files of an instance.
func (c *projectClient) instanceFiles(ctx context.Context, ref plan.Ref) (*sftp.Client, error) {
	return c.pair.openFiles(ctx, func() (net.Conn, error) { return c.GetInstanceFileSFTPConn(ref.Name) })
}

// lostHelper is what a server says whose helper for the files of an instance can't be reached.
const lostHelper = "forkfile.sock: connect: no such file"

// openFiles opens files by SFTP. A server that takes a helper's socket away in front of the one who comes next, as it does now and
// then when helpers end, reaches no other helper either while that one is there: it is left alone until it has gone.
func (p *Pair) openFiles(ctx context.Context, dial func() (net.Conn, error)) (client *sftp.Client, err error) {
	wait := func() error {
		if !strings.Contains(err.Error(), lostHelper) {
			return nil
		}
		select {
		case <-time.After(p.pace.files):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err = p.again(ctx, wait, func(bool) error {
		client, err = overSFTP(dialed(ctx, dial))
		return err
	})
	return client, err
}

// dialed makes a connection that can't be interrupted. One that comes after the end is closed.
func dialed(ctx context.Context, dial func() (net.Conn, error)) (net.Conn, error) {
	var conn net.Conn
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err = dial()
	}()
	select {
	case <-done:
		return conn, err
	case <-ctx.Done():
		go func() {
			if <-done; err == nil {
				conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// overSFTP makes a client of a connection. The client that Incus's library makes asks for packets of 128 KiB, of which servers send
// 32 (seen on 6.0.4), and takes what is missing for the end of the file.
func overSFTP(conn net.Conn, err error) (*sftp.Client, error) {
	if err != nil {
		return nil, err
	}
	client, err := sftp.NewClientPipe(conn, conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go func() {
		_ = client.Wait() // it ends with the connection, which nobody else closes
		conn.Close()
	}()
	return client, nil
}

// walker goes through the files of a container.
type walker struct {
	ctx    context.Context
	client *sftp.Client
	within []string
	visit  files.Visit
}

// below visits a file, and what is in it if it is a directory.
func (w walker) below(name string) error {
	info, err := w.client.Lstat("/" + name)
	if err != nil {
		return fmt.Errorf("look at /%s: %w", name, err)
	}
	return w.file(name, info)
}

func (w walker) file(name string, info os.FileInfo) error {
	above := files.Above(name, w.within)
	if !above && !files.Within(name, w.within) || w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	f, err := sftpFile(w.client, name, info)
	if err != nil {
		return err
	}
	err = w.visit(f, func() (io.ReadCloser, error) { return w.client.Open("/" + name) })
	if err != nil || f.Type != files.Directory {
		return err
	}
	list, err := w.client.ReadDirContext(w.ctx, "/"+name)
	if err != nil {
		return fmt.Errorf("list /%s: %w", name, err)
	}
	for _, info := range list {
		if err := w.file(path.Join(name, info.Name()), info); err != nil {
			return err
		}
	}
	return nil
}

// sftpFile describes a file that a server has told of.
func sftpFile(client *sftp.Client, name string, info os.FileInfo) (files.File, error) {
	f := files.File{Path: name, Type: files.TypeOf(info.Mode()), Mode: files.ModeOf(info.Mode()), Modified: info.ModTime()}
	if stat, ok := info.Sys().(*sftp.FileStat); ok {
		f.UID, f.GID = int(stat.UID), int(stat.GID)
	}
	var err error
	switch f.Type {
	case files.Regular:
		f.Size = info.Size()
	case files.Link:
		if f.Target, err = client.ReadLink("/" + name); err != nil {
			return f, fmt.Errorf("read the symbolic link /%s: %w", name, err)
		}
	}
	return f, nil
}

// sftpPlace is a tree behind SFTP that files are brought into. The server keeps to the tree by itself.
type sftpPlace struct {
	client *sftp.Client
	base   string // the tree's root in what the server shows, without a slash at the end
}

func (s sftpPlace) at(name string) string { return s.base + "/" + name }

// Lstat implements files.Place.
func (s sftpPlace) Lstat(name string) (files.File, error) {
	info, err := s.client.Lstat(s.at(name))
	if err != nil {
		return files.File{}, err
	}
	f, err := sftpFile(s.client, s.at(name)[1:], info)
	f.Path = name
	return f, err
}

// Names implements files.Place.
func (s sftpPlace) Names(dir string) ([]string, error) {
	list, err := s.client.ReadDir(s.at(dir))
	var names []string
	for _, info := range list {
		names = append(names, info.Name())
	}
	return names, err
}

// Mkdir implements files.Place.
func (s sftpPlace) Mkdir(name string) error {
	if err := s.client.Mkdir(s.at(name)); err != nil {
		return err
	}
	return s.client.Chmod(s.at(name), 0o700)
}

// Create implements files.Place.
func (s sftpPlace) Create(name string) (io.WriteCloser, error) {
	file, err := s.client.OpenFile(s.at(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(0o600); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Symlink implements files.Place.
func (s sftpPlace) Symlink(target, name string) error { return s.client.Symlink(target, s.at(name)) }

// Dress implements files.Place. Servers follow symbolic links when they change an owner (seen on 6.0.4), so a link's stays who
// made it: errors.ErrUnsupported.
func (s sftpPlace) Dress(name string, f files.File) error {
	if f.Type == files.Link {
		return errors.ErrUnsupported
	}
	at := s.at(name)
	if err := s.client.Chown(at, f.UID, f.GID); err != nil {
		return err
	}
	if err := s.client.Chmod(at, files.FileMode(f.Mode)); err != nil {
		return err
	}
	return s.client.Chtimes(at, f.Modified, f.Modified)
}

// Rename implements files.Place.
func (s sftpPlace) Rename(from, to string) error {
	if _, err := s.client.Lstat(s.at(to)); err == nil {
		return fs.ErrExist
	}
	return s.client.PosixRename(s.at(from), s.at(to))
}

// RemoveAll implements files.Place. It never goes through a symbolic link.
func (s sftpPlace) RemoveAll(name string) error {
	info, err := s.client.Lstat(s.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return s.client.Remove(s.at(name))
	}
	list, err := s.client.ReadDir(s.at(name))
	if err != nil {
		return err
	}
	for _, info := range list {
		if err := s.RemoveAll(path.Join(name, info.Name())); err != nil {
			return err
		}
	}
	return s.client.RemoveDirectory(s.at(name))
}
