package incusos

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// Names of what is not an archive in the directories of archives.
const (
	draftPattern = ".iab-draft-*"
	noteSuffix   = ".json"
)

// draft is an archive that is being written. It becomes an archive by keep only.
type draft struct {
	file    *os.File
	sealing io.WriteCloser // nil: not encrypted
	plain   counted        // what was written
	stored  counted        // what lies in the file
}

// counted is the length and the hash of what was written to it.
type counted struct {
	size int64
	hash hash.Hash
}

func (c *counted) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return c.hash.Write(p)
}

func (c *counted) sum() string { return hex.EncodeToString(c.hash.Sum(nil)) }

// newDraft begins an archive in a directory that is made if need be, 0700; the file is 0600.
func newDraft(dir string, recipients []age.Recipient) (*draft, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, draftPattern)
	if err != nil {
		return nil, err
	}
	d := &draft{file: file, plain: counted{hash: sha256.New()}, stored: counted{hash: sha256.New()}}
	if len(recipients) > 0 {
		if d.sealing, err = age.Encrypt(io.MultiWriter(file, &d.stored), recipients...); err != nil {
			d.discard()
			return nil, err
		}
	}
	return d, nil
}

// Write adds to what the archive holds.
func (d *draft) Write(p []byte) (int, error) {
	_, _ = d.plain.Write(p)
	if d.sealing != nil {
		return d.sealing.Write(p)
	}
	_, _ = d.stored.Write(p)
	return d.file.Write(p)
}

// keep makes the draft an archive of that path, whole or not at all, whatever happens. Its note is there before it.
func (d *draft) keep(path string, note Note) error {
	if d.sealing != nil {
		if err := d.sealing.Close(); err != nil {
			return err
		}
	}
	if err := errors.Join(d.file.Sync(), d.file.Close()); err != nil {
		return err
	}
	note.Encrypted = d.sealing != nil
	note.Size, note.SHA256 = d.stored.size, d.stored.sum()
	note.ContentSize, note.ContentSHA256 = d.plain.size, d.plain.sum()
	data, err := json.MarshalIndent(note, "", "  ")
	if err == nil {
		err = replaceFile(path+noteSuffix, append(data, '\n'))
	}
	if err == nil {
		err = os.Rename(d.file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(path + noteSuffix)
		return err
	}
	return syncDir(filepath.Dir(path))
}

// discard removes a draft that was not kept.
func (d *draft) discard() {
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

// replaceFile writes a file of mode 0600 so that at any moment it is there as a whole or not at all.
func replaceFile(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), draftPattern)
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory survive a power cut.
func syncDir(dir string) error {
	opened, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// reason is why an operation on files failed, without its name and path.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

// directoryName writes a name so that it is one directory, whatever stands in it, and different names stay different.
func directoryName(name string) string {
	var b strings.Builder
	for i, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
