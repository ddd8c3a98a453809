package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Brought is what Bring has done.
type Brought struct {
	Files    []string // the chosen paths
	Kept     []string // names that what was there before has now
	Warnings []string // what of them is not as it was, each one sentence
	Bytes    int64    // of their content
}

// Bring copies the chosen paths of a tree into a place, with owner, mode and date, directories with all that is in them. A symbolic link
// stays one and is never followed, neither in the tree nor in the place. What is there under a chosen path is first kept beside as
// PATH.iab-STAMP. Nothing of that happens before everything has been read: on an error of the reading the place is as it was,
// but for directories that were made on the way. On a later one the answer says what is done already.
func Bring(walk Walk, chosen []string, place Place, stamp string) (Brought, error) {
	b := bringer{place: place, stamp: stamp, chosen: chosen, made: map[string]bool{}}
	for i, c := range chosen {
		switch {
		case c == "":
			return Brought{}, errors.New("bring the whole tree: name files or directories in it")
		case slices.ContainsFunc(slices.Delete(slices.Clone(chosen), i, i+1), func(other string) bool { return Within(c, []string{other}) }):
			return Brought{}, fmt.Errorf("bring /%s: it is named twice, or lies in another one that is named", c)
		}
	}
	err := walk(b.visit)
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		for _, c := range chosen {
			if b.made[c] {
				_ = place.RemoveAll(b.staged(c)) // the error itself is what is reported
			}
		}
		return b.result, err
	}
	return b.result, nil
}

type bringer struct {
	place  Place
	stamp  string
	chosen []string
	made   map[string]bool // chosen paths that lie staged in the place
	later  []File          // directories, which are dressed when all that is in them is there
	result Brought
}

// stagedInfix stands between a path and the stamp in the name that it has until everything is there.
const stagedInfix = ".iab-new-"

// isStamp reports whether a text is a time as it stands in names.
func isStamp(text string) bool {
	_, err := time.Parse("20060102-150405", text)
	return err == nil
}

// clear removes what a command that was killed has staged for a path.
func (b *bringer) clear(name string) error {
	dir, base := path.Split(name)
	names, err := b.place.Names(path.Clean("/" + dir)[1:])
	for _, other := range names {
		if stamp, ok := strings.CutPrefix(other, base+stagedInfix); ok && isStamp(stamp) && err == nil {
			err = b.place.RemoveAll(dir + other)
		}
	}
	return err
}

// staged is the name that a path has until everything is there.
func (b *bringer) staged(name string) string {
	for _, c := range b.chosen {
		if name == c || strings.HasPrefix(name, c+"/") {
			return c + stagedInfix + b.stamp + strings.TrimPrefix(name, c)
		}
	}
	return name
}

func (b *bringer) visit(f File, open func() (io.ReadCloser, error)) error {
	switch {
	case Above(f.Path, b.chosen):
		return b.above(f)
	case !Within(f.Path, b.chosen):
		return nil
	}
	name := b.staged(f.Path)
	var err error
	if slices.Contains(b.chosen, f.Path) {
		err = b.clear(f.Path)
		b.made[f.Path] = true
	}
	if err != nil {
		return fmt.Errorf("remove what a killed command has left beside /%s: %w", f.Path, err)
	}
	switch f.Type {
	case Directory:
		b.later = append(b.later, f)
		err = b.place.Mkdir(name)
	case Link:
		if err = b.place.Symlink(f.Target, name); err == nil {
			err = b.dress(name, f)
		}
	case Regular, Image:
		if err = b.write(name, f.Size, open); err == nil {
			b.result.Bytes += f.Size
			err = b.dress(name, f)
		}
	default:
		if slices.Contains(b.chosen, f.Path) {
			return fmt.Errorf("write /%s: it is a pipe, a socket or a device", f.Path)
		}
		b.warn("/%s is a pipe, a socket or a device, and was left out", f.Path)
	}
	if err != nil {
		return fmt.Errorf("write /%s: %w", f.Path, err)
	}
	return nil
}

// above makes sure that a directory that leads to a chosen path is there, as it was.
func (b *bringer) above(f File) error {
	if f.Path == "" {
		return nil
	}
	if f.Type == Link {
		return fmt.Errorf("find %s: /%s is a symbolic link to %s, which is not followed", b.asked(f.Path), f.Path, f.Target)
	}
	if f.Type != Directory {
		return fmt.Errorf("find %s: /%s is no directory", b.asked(f.Path), f.Path)
	}
	there, err := b.place.Lstat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err = b.place.Mkdir(f.Path); err == nil {
			err = b.dress(f.Path, f)
		}
	case err == nil && there.Type != Directory:
		return fmt.Errorf("make directory /%s: it is a %s there", f.Path, there.Type)
	}
	if err != nil {
		return fmt.Errorf("make directory /%s: %w", f.Path, err)
	}
	return nil
}

// asked names the chosen paths that lie below one.
func (b *bringer) asked(above string) string {
	var list []string
	for _, c := range b.chosen {
		if strings.HasPrefix(c, above+"/") {
			list = append(list, "/"+c)
		}
	}
	return strings.Join(list, ", ")
}

func (b *bringer) write(name string, length int64, open func() (io.ReadCloser, error)) error {
	content, err := open()
	if err != nil {
		return err
	}
	defer content.Close()
	file, err := b.place.Create(name)
	if err != nil {
		return err
	}
	written, err := io.Copy(file, content)
	if err == nil && written != length {
		err = fmt.Errorf("%d of %d bytes came", written, length)
	}
	return errors.Join(err, file.Close())
}

// dress gives a file its owner and mode. Where they can't be given, that is a warning: the content is what counts.
func (b *bringer) dress(name string, f File) error {
	err := b.place.Dress(name, f)
	if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	got, err := b.place.Lstat(name)
	switch {
	case err != nil:
		return err
	case got.UID != f.UID || got.GID != f.GID:
		b.warn("/%s belongs to %d:%d, not to %d:%d as it did", f.Path, got.UID, got.GID, f.UID, f.GID)
	case f.Type != Link && got.Mode != f.Mode:
		b.warn("/%s has mode %04o, not %04o as it had", f.Path, got.Mode, f.Mode)
	}
	return nil
}

// mostWarnings is how many warnings are worth reading.
const mostWarnings = 20

func (b *bringer) warn(format string, args ...any) {
	switch n := len(b.result.Warnings); {
	case n < mostWarnings:
		b.result.Warnings = append(b.result.Warnings, fmt.Sprintf(format, args...))
	case n == mostWarnings:
		b.result.Warnings = append(b.result.Warnings, "there are more of these")
	}
}

// finish dresses directories, then puts everything in its place.
func (b *bringer) finish() error {
	for _, c := range b.chosen {
		if !b.made[c] {
			return fmt.Errorf("find /%s: it is not in that restore point", c)
		}
	}
	for _, f := range slices.Backward(b.later) {
		if err := b.dress(b.staged(f.Path), f); err != nil {
			return fmt.Errorf("write /%s: %w", f.Path, err)
		}
	}
	for _, c := range b.chosen {
		if err := b.swap(c); err != nil {
			return fmt.Errorf("put /%s in its place: %w", c, err)
		}
		b.result.Files = append(b.result.Files, c)
	}
	return nil
}

// swap keeps what is there beside, and gives what was staged its name.
func (b *bringer) swap(name string) error {
	_, err := b.place.Lstat(name)
	kept := path.Clean(name) + ".iab-" + b.stamp
	switch {
	case err == nil:
		if err := b.place.Rename(name, kept); err != nil {
			return err
		}
		b.result.Kept = append(b.result.Kept, kept)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	err = b.place.Rename(b.staged(name), name)
	if err != nil && len(b.result.Kept) > 0 && b.result.Kept[len(b.result.Kept)-1] == kept {
		_ = b.place.Rename(kept, name)
	}
	b.made[name] = err != nil
	return err
}
