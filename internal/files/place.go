package files

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Place is a tree that files are brought into. Paths are those of File.Path. Nothing outside of the tree is reached, whatever
// symbolic links are in it.
type Place interface {
	// Lstat returns a file, without following it if it is a symbolic link. One that is missing is fs.ErrNotExist.
	Lstat(name string) (File, error)
	// Names lists what is in a directory.
	Names(dir string) ([]string, error)
	// Mkdir makes a directory that does not exist, for its owner alone.
	Mkdir(name string) error
	// Create makes a regular file that does not exist, for its owner alone.
	Create(name string) (io.WriteCloser, error)
	// Symlink makes a symbolic link that does not exist.
	Symlink(target, name string) error
	// Dress gives a file the owner, mode and date of f. Of a symbolic link only the owner counts.
	Dress(name string, f File) error
	// Rename gives a file another name in the same directory.
	Rename(from, to string) error
	// RemoveAll removes a file with all that is below it; one that is missing is no error.
	RemoveAll(name string) error
}

// Local is a directory of this machine as a Place.
type Local struct{ root *os.Root }

// OpenLocal opens a directory, and makes it if it is missing.
func OpenLocal(dir string) (*Local, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Local{root}, nil
}

// Close closes the directory.
func (l *Local) Close() error { return l.root.Close() }

// Lstat implements Place.
func (l *Local) Lstat(name string) (File, error) {
	info, err := l.root.Lstat(native(name))
	if err != nil {
		return File{}, err
	}
	f := File{Path: name, Type: TypeOf(info.Mode()), Mode: ModeOf(info.Mode()), Modified: info.ModTime()}
	if f.Type == Regular {
		f.Size = info.Size()
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		f.UID, f.GID = int(stat.Uid), int(stat.Gid)
	}
	if f.Type == Link {
		f.Target, err = l.root.Readlink(native(name))
	}
	return f, err
}

// Names implements Place.
func (l *Local) Names(dir string) ([]string, error) {
	opened, err := l.root.Open(native(dir))
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	return opened.Readdirnames(-1)
}

// Mkdir implements Place.
func (l *Local) Mkdir(name string) error { return l.root.Mkdir(native(name), 0o700) }

// Create implements Place.
func (l *Local) Create(name string) (io.WriteCloser, error) {
	return l.root.OpenFile(native(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// Symlink implements Place.
func (l *Local) Symlink(target, name string) error { return l.root.Symlink(target, native(name)) }

// Dress implements Place. Only root can give files to others; for everybody else the error is fs.ErrPermission, and mode and date are
// set all the same.
func (l *Local) Dress(name string, f File) error {
	owner := l.root.Lchown(native(name), f.UID, f.GID)
	if f.Type == Link {
		return owner
	}
	mode := fs.FileMode(f.Mode & 0o777)
	if owner == nil { // a program that runs as its owner must not become one of somebody else
		mode = FileMode(f.Mode)
	}
	if err := l.root.Chmod(native(name), mode); err != nil {
		return err
	}
	if err := l.root.Chtimes(native(name), f.Modified, f.Modified); err != nil {
		return err
	}
	return owner
}

// Rename implements Place.
func (l *Local) Rename(from, to string) error { return l.root.Rename(native(from), native(to)) }

// RemoveAll implements Place.
func (l *Local) RemoveAll(name string) error { return l.root.RemoveAll(native(name)) }

func native(name string) string {
	if name == "" {
		return "."
	}
	return filepath.FromSlash(name)
}

// TypeOf is the type of a file of that mode.
func TypeOf(mode fs.FileMode) Type {
	switch {
	case mode.IsRegular():
		return Regular
	case mode.IsDir():
		return Directory
	case mode&fs.ModeSymlink != 0:
		return Link
	}
	return Special
}

// specialBits are Go's names of the three bits above the permissions.
var specialBits = []struct {
	unix uint32
	mode fs.FileMode
}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}}

// ModeOf is a mode as Unix numbers it.
func ModeOf(mode fs.FileMode) uint32 {
	unix := uint32(mode.Perm())
	for _, bit := range specialBits {
		if mode&bit.mode != 0 {
			unix |= bit.unix
		}
	}
	return unix
}

// FileMode is a mode as Go writes it.
func FileMode(unix uint32) fs.FileMode {
	mode := fs.FileMode(unix & 0o777)
	for _, bit := range specialBits {
		if unix&bit.unix != 0 {
			mode |= bit.mode
		}
	}
	return mode
}
