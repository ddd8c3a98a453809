package ostest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"slices"
	"strings"
)

// Tarball packs files as IncusOS does. A name that ends in a slash is a directory, and a content that begins with "-> " the
// target of a link.
func Tarball(files map[string]string) []byte {
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	packed := tar.NewWriter(zipped)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name])), Typeflag: tar.TypeReg}
		if target, isLink := strings.CutPrefix(files[name], "-> "); isLink {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, target, 0
		} else if strings.HasSuffix(name, "/") {
			header.Typeflag, header.Size = tar.TypeDir, 0
		}
		_ = packed.WriteHeader(header) // in memory nothing fails
		if header.Typeflag == tar.TypeReg {
			_, _ = packed.Write([]byte(files[name]))
		}
	}
	_ = packed.Close()
	_ = zipped.Close()
	return b.Bytes()
}
