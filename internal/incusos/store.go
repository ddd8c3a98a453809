package incusos

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Store is a directory of archives: HOST/MEMBER/PART/IAB_YYYYMMDD-HHMMSS.tar.gz, and HOST/state/IAB_….yaml for the definitions,
// which are those of the whole server. Times in names are UTC. An archive that is encrypted ends in .age; beside each lies its
// note, with .json behind the name.
type Store struct{ Dir string }

// Note is what is known about an archive without opening it. It holds no secret.
type Note struct {
	Format        int       `json:"format"` // 1
	CreatedAt     time.Time `json:"createdAt"`
	Host          string    `json:"host"`
	Member        string    `json:"member,omitempty"` // of the definitions: none
	Part          Part      `json:"part"`
	Complete      bool      `json:"complete,omitempty"` // with what the application has only cached
	Encrypted     bool      `json:"encrypted"`
	Size          int64     `json:"size"` // bytes of the file
	SHA256        string    `json:"sha256"`
	ContentSize   int64     `json:"contentSize"` // bytes before encryption
	ContentSHA256 string    `json:"contentSha256"`
	Incus         string    `json:"incus,omitempty"`       // version
	IncusOS       string    `json:"incusos,omitempty"`     // version
	Application   string    `json:"application,omitempty"` // version
	Hostname      string    `json:"hostname,omitempty"`
	MachineID     string    `json:"machineId,omitempty"`
	Certificate   string    `json:"certificate,omitempty"` // fingerprint of the server's certificate
}

// noteFormat is the version of the notes that are written and read.
const noteFormat = 1

// Archive is a file in a store.
type Archive struct {
	Path      string
	Host      string
	Member    string
	Part      Part
	At        time.Time // from its name
	Size      int64
	Encrypted bool
	Note      *Note  // nil if there is none that can be read
	Problem   string // why it does not count as an archive; "" for a good one
}

const (
	namePrefix = "IAB_"
	nameTime   = "20060102-150405"
	ageSuffix  = ".age"
)

// place is the directory of the archives of a part.
func (s Store) place(host, member string, part Part) string {
	if part == State {
		return filepath.Join(s.Dir, directoryName(host), string(State))
	}
	return filepath.Join(s.Dir, directoryName(host), directoryName(member), string(part))
}

// fileName is what an archive of that moment is called.
func fileName(part Part, at time.Time, encrypted bool) string {
	name := namePrefix + at.UTC().Format(nameTime) + extension(part)
	if encrypted {
		name += ageSuffix
	}
	return name
}

func extension(part Part) string {
	if part == State {
		return ".yaml"
	}
	return ".tar.gz"
}

// parseName reads the name of an archive.
func parseName(part Part, name string) (at time.Time, encrypted, ok bool) {
	name, encrypted = strings.CutSuffix(name, ageSuffix)
	name, isArchive := strings.CutSuffix(name, extension(part))
	stamp, own := strings.CutPrefix(name, namePrefix)
	at, err := time.ParseInLocation(nameTime, stamp, time.UTC)
	return at, encrypted, isArchive && own && err == nil
}

// List returns all archives, by host, member, part and time. A directory that does not exist has none.
func (s Store) List() ([]Archive, error) {
	var list []Archive
	err := filepath.WalkDir(s.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && path == s.Dir {
				return nil
			}
			return err
		}
		if entry.Type().IsRegular() {
			if a, ok := s.archive(path); ok {
				list = append(list, a)
			}
		}
		return nil
	})
	if err != nil {
		return nil, &Error{Text: fmt.Sprintf("list the archives in %s: %s", s.Dir, reason(err)), Hint: "check the owner and the modes of the directory", Err: err}
	}
	slices.SortFunc(list, func(a, b Archive) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Member, b.Member), cmp.Compare(a.Part, b.Part), a.At.Compare(b.At), cmp.Compare(a.Path, b.Path))
	})
	return list, nil
}

// of lists the archives of one part, oldest first.
func (s Store) of(host, member string, part Part) ([]Archive, error) {
	dir := s.place(host, member, part)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []Archive
	for _, entry := range entries {
		if a, ok := s.archive(filepath.Join(dir, entry.Name())); ok {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Archive) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Path, b.Path)) })
	return list, nil
}

// free returns the path of a new archive of that moment, or of the first second after it that is not taken.
func (s Store) free(host, member string, part Part, at time.Time, encrypted bool) string {
	for ; ; at = at.Add(time.Second) {
		path := filepath.Join(s.place(host, member, part), fileName(part, at, encrypted))
		if _, err := os.Lstat(path); err != nil { // what else is wrong there shows when it is written
			return path
		}
	}
}

// sweep removes what killed runs have left of archives that never came to be. Nobody else may write to the store meanwhile.
func (s Store) sweep(host, member string, part Part) {
	left, _ := filepath.Glob(filepath.Join(s.place(host, member, part), draftPattern)) // the pattern is well formed
	for _, path := range left {
		_ = os.Remove(path)
	}
}

// archive reads what a file of the store is, if its place and its name are those of an archive.
func (s Store) archive(path string) (Archive, bool) {
	relative, err := filepath.Rel(s.Dir, path)
	if err != nil {
		return Archive{}, false
	}
	steps := strings.Split(filepath.ToSlash(relative), "/")
	a := Archive{Path: path}
	switch {
	case len(steps) == 3 && steps[1] == string(State):
		a.Host, a.Part = steps[0], State
	case len(steps) == 4:
		a.Host, a.Member, a.Part = steps[0], steps[1], Part(steps[2])
	default:
		return Archive{}, false
	}
	var ok bool
	if a.At, a.Encrypted, ok = parseName(a.Part, filepath.Base(path)); !ok {
		return Archive{}, false
	}
	a.describe()
	return a, true
}

// describe reads the size and the note of an archive, and judges both.
func (a *Archive) describe() {
	info, err := os.Stat(a.Path)
	if err != nil {
		a.Problem = reason(err)
		return
	}
	a.Size = info.Size()
	note, err := ReadNote(a.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.Problem = "its note is missing"
	case err != nil:
		a.Problem = "its note can't be read"
	case note.Size != a.Size:
		a.Note, a.Problem = &note, fmt.Sprintf("it has %d bytes, and %d when it was written", a.Size, note.Size)
	default:
		a.Note = &note
	}
	if a.Note != nil {
		a.Host, a.Member = note.Host, note.Member // as they are called, not as their directories are
	}
}

// ReadNote reads the note of an archive. Its absence is found by errors.Is and fs.ErrNotExist.
func ReadNote(path string) (Note, error) {
	data, err := os.ReadFile(path + noteSuffix)
	if err != nil {
		return Note{}, err
	}
	var note Note
	if err := json.Unmarshal(data, &note); err != nil {
		return Note{}, err
	}
	if note.Format != noteFormat || note.SHA256 == "" {
		return Note{}, fmt.Errorf("its format is %d", note.Format)
	}
	return note, nil
}

// Single returns one archive by its path, which need not lie in a store: what it is then stands in its note only.
func Single(path string) (Archive, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Archive{}, &Error{Kind: Refused, Text: fmt.Sprintf("read the archive %s: %s", path, reason(err)), Hint: "`iab os list` shows the archives"}
	}
	if !info.Mode().IsRegular() {
		return Archive{}, &Error{Kind: Refused, Text: fmt.Sprintf("read the archive %s: it is no file", path), Hint: "`iab os list` shows the archives"}
	}
	a := Archive{Path: path, At: info.ModTime()}
	if strings.Contains(filepath.Base(path), extension(State)) {
		a.Part = State
	}
	a.describe()
	if a.Note != nil {
		a.Part, a.At, a.Encrypted = a.Note.Part, a.Note.CreatedAt, a.Note.Encrypted
	}
	return a, nil
}
