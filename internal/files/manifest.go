package files

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Manifest is what a tree holds: every file with the hash of its content, by path.
type Manifest map[string]Entry

// Entry is one file of a manifest.
type Entry struct {
	File
	Hash string // sha256 of the content, empty where it was not read
}

// Sample chooses the files whose content is read. The same percentage and seed choose the same paths, on every machine.
type Sample struct {
	Percent float64 // 100 or more: all
	Seed    string
}

// Takes reports whether the content of a file is to be read. Images are always read.
func (s Sample) Takes(f File) bool {
	if f.Type == Image || s.Percent >= 100 {
		return true
	}
	sum := sha256.Sum256([]byte(s.Seed + "\x00" + f.Path))
	return float64(binary.BigEndian.Uint64(sum[:8]))/(1<<64) < s.Percent/100
}

// Read walks a tree and returns what it holds. progress is told of every file, and of the bytes that were read of it.
func Read(walk Walk, sample Sample, progress func(files int, bytes int64)) (Manifest, error) {
	m := Manifest{}
	err := walk(func(f File, open func() (io.ReadCloser, error)) error {
		entry := Entry{File: f}
		if (f.Type == Regular || f.Type == Image) && sample.Takes(f) {
			if known := m[f.Same]; f.Same != "" && known.Hash != "" {
				entry.Hash = known.Hash
			} else {
				hash, read, err := hashOf(open)
				if err != nil {
					return fmt.Errorf("read /%s: %w", f.Path, err)
				}
				if read != f.Size {
					return fmt.Errorf("read /%s: %d of %d bytes came", f.Path, read, f.Size)
				}
				entry.Hash = hash
			}
		}
		m[f.Path] = entry
		read := f.Size
		if entry.Hash == "" {
			read = 0
		}
		progress(1, read)
		return nil
	})
	return m, err
}

func hashOf(open func() (io.ReadCloser, error)) (hash string, read int64, err error) {
	content, err := open()
	if err != nil {
		return "", 0, err
	}
	defer content.Close()
	sum := sha256.New()
	read, err = io.Copy(sum, content)
	return hex.EncodeToString(sum.Sum(nil)), read, err
}

// Hashed counts the files whose content was read, and their bytes.
func (m Manifest) Hashed() (files int, bytes int64) {
	for _, entry := range m {
		if entry.Hash != "" {
			files, bytes = files+1, bytes+entry.Size
		}
	}
	return files, bytes
}

// Difference is one file that is not the same in two trees.
type Difference struct {
	Path string
	Text string
}

// Compare lists the differences between a source's and a target's tree, by path. Content is compared where both were read. Dates are not
// compared: a clone may touch those of directories.
func Compare(source, target Manifest) []Difference {
	var list []Difference
	for _, name := range slices.Sorted(maps.Keys(source)) {
		other, ok := target[name]
		if !ok {
			list = append(list, Difference{name, "is missing on the target"})
			continue
		}
		if text := differs(source[name], other); text != "" {
			list = append(list, Difference{name, text})
		}
	}
	for name := range target {
		if _, ok := source[name]; !ok {
			list = append(list, Difference{name, "is on the target only"})
		}
	}
	slices.SortFunc(list, func(a, b Difference) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// differs says how two files of one path differ; empty: not at all.
func differs(source, target Entry) string {
	sized := source.Type == Regular || source.Type == Image
	switch {
	case source.Type != target.Type:
		return fmt.Sprintf("is a %s on the source, a %s on the target", source.Type, target.Type)
	case sized && source.Size != target.Size:
		return fmt.Sprintf("has %d bytes on the source, %d on the target", source.Size, target.Size)
	case source.Hash != "" && target.Hash != "" && source.Hash != target.Hash:
		return "has another content on the target"
	case source.Target != target.Target:
		return fmt.Sprintf("leads to %s on the source, to %s on the target", source.Target, target.Target)
	case source.Mode != target.Mode:
		return fmt.Sprintf("has mode %04o on the source, %04o on the target", source.Mode, target.Mode)
	case source.UID != target.UID || source.GID != target.GID:
		return fmt.Sprintf("belongs to %d:%d on the source, to %d:%d on the target", source.UID, source.GID, target.UID, target.GID)
	}
	return ""
}
