// Package files knows trees of files, wherever they lie: it compares two of them, and brings files of one into another. It
// knows no servers.
package files

import (
	"io"
	"path"
	"strings"
	"time"
)

// Type is what a file is.
type Type string

// The types. An image is the raw disk that a block volume or a virtual machine is. Special are pipes, sockets and devices.
const (
	Regular   Type = "file"
	Directory Type = "directory"
	Link      Type = "symbolic link"
	Image     Type = "image"
	Special   Type = "special file"
)

// File is one file of a tree.
type File struct {
	Path     string // from the root of the tree, with slashes and without one at the front; "" is the root itself
	Type     Type
	Size     int64  // of regular files and images, in bytes
	Mode     uint32 // permissions with set-user-ID, set-group-ID and sticky, as Unix numbers them (07777)
	UID, GID int    // as they are inside the object
	Modified time.Time
	Target   string // of a symbolic link
	Same     string // an earlier file of the same walk that is the same file under another name; empty: none is known
}

// Visit is called for one file of a walk. open gives the content of a regular file or an image, from the start, and is only good
// during the visit; the reader must be closed. An error of the visit ends the walk and is its answer.
type Visit func(f File, open func() (io.ReadCloser, error)) error

// Walk goes through a tree: every directory comes before what is in it.
type Walk func(visit Visit) error

// Clean brings a path that a person wrote into the form of File.Path. ".." never leads out of the root.
func Clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// Within reports whether a file is one of the chosen paths or lies below one. No paths choose everything.
func Within(name string, chosen []string) bool {
	if len(chosen) == 0 {
		return true
	}
	for _, c := range chosen {
		if c == "" || name == c || strings.HasPrefix(name, c+"/") {
			return true
		}
	}
	return false
}

// Above reports whether a file is a directory that leads to one of the chosen paths.
func Above(name string, chosen []string) bool {
	for _, c := range chosen {
		if name == "" && c != "" || strings.HasPrefix(c, name+"/") && name != "" {
			return true
		}
	}
	return false
}
