package guest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Image is what a download has left.
type Image struct {
	Fingerprint string      `json:"fingerprint"`
	Files       []ImageFile `json:"files"` // one, or the metadata and the root file system
}

// ImageFile is one file of an image.
type ImageFile struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// Image downloads an image of the host into a directory, under the names that the server gives its files. The host gives
// public images, to instances with security.guestapi.images=true only. The files get their names when their content matches the
// fingerprint, which has to be whole; before, and after an error, nothing of them is there. Files that exist are never overwritten.
func (c *Client) Image(ctx context.Context, fingerprint, dir string) (Image, error) {
	d := download{what: "download image " + fingerprint, dir: dir, hash: sha256.New()}
	if sum, err := hex.DecodeString(fingerprint); err != nil || len(sum) != sha256.Size {
		return Image{}, &Error{Kind: Malformed, Text: d.what + ": that is no fingerprint", Hint: "give all 64 characters: incus image info IMAGE"}
	}
	resp, err := c.send(ctx, request{d.what, http.MethodGet, "/1.0/images/" + fingerprint + "/export", ""})
	if err != nil {
		return Image{}, forImages(d.what, err)
	}
	defer resp.Body.Close()
	defer d.discard()
	if err := d.receive(ctx, c, resp); err != nil {
		return Image{}, err
	}
	if got := hex.EncodeToString(d.hash.Sum(nil)); !strings.EqualFold(got, fingerprint) {
		return Image{}, &Error{Kind: Malformed, Text: d.what + ": what came has another fingerprint, " + got, Hint: "try again; the download may have been cut"}
	}
	return d.keep(fingerprint)
}

// forImages says what refusals mean where images are asked for.
func forImages(what string, err error) error {
	var own *Error
	if errors.As(err, &own) {
		switch own.Kind {
		case Off:
			own.Text = what + ": this instance may not download images"
			own.Hint = "allow it where the instance lives: incus config set INSTANCE security.guestapi.images=true"
		case Missing:
			own.Text = what + ": the host has no public image of that fingerprint"
			own.Hint = "only public images are given out: incus image list, incus image edit"
		}
	}
	return err
}

// download is an image on its way to a directory.
type download struct {
	what  string
	dir   string
	hash  hash.Hash // over all files, in their order
	parts []part
}

// part is a file of the image under a name that does not count yet.
type part struct {
	temporary, path string
	size            int64
}

// receive reads the answer: the file itself, or a form with the metadata and then the root file system.
func (d *download) receive(ctx context.Context, c *Client, resp *http.Response) error {
	kind, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		_, names, _ := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
		return d.write(ctx, c, names["filename"], resp.Body)
	}
	form := multipart.NewReader(resp.Body, params["boundary"])
	for {
		p, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(d.parts) > 0:
			return nil
		case err != nil:
			return c.unreachable(d.what, cause(ctx, err))
		}
		if err := d.write(ctx, c, p.FileName(), p); err != nil {
			return err
		}
	}
}

// write receives one file.
func (d *download) write(ctx context.Context, c *Client, name string, content io.Reader) error {
	name = filepath.Base(filepath.Clean("/" + name)) // the server's word must not lead out of the directory
	if name == "/" {
		return malformed(d.what)
	}
	p := part{path: filepath.Join(d.dir, name)}
	if _, err := os.Lstat(p.path); err == nil {
		return &Error{Kind: Local, Text: fmt.Sprintf("%s: %s exists", d.what, p.path), Hint: "move it away, or name another directory"}
	}
	file, err := os.CreateTemp(d.dir, name+".part-*")
	if err != nil {
		return d.local(err)
	}
	p.temporary = file.Name()
	d.parts = append(d.parts, p)
	broken := &watched{r: content}
	size, err := io.Copy(io.MultiWriter(file, d.hash), broken)
	d.parts[len(d.parts)-1].size = size
	err = errors.Join(err, file.Close())
	switch {
	case broken.err != nil:
		return c.unreachable(d.what, cause(ctx, broken.err))
	case err != nil:
		return d.local(err)
	}
	return nil
}

// watched remembers the error of a reader, to tell it from the writer's.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

func (d *download) local(err error) error {
	var system *os.PathError
	if errors.As(err, &system) {
		err = system.Err
	}
	if errors.Is(err, os.ErrNotExist) {
		err = errors.New("the directory does not exist")
	}
	return &Error{Kind: Local, Text: fmt.Sprintf("%s: write to %s: %s", d.what, d.dir, err), Hint: "check the directory and the space there"}
}

// keep gives the files their names.
func (d *download) keep(fingerprint string) (Image, error) {
	image := Image{Fingerprint: fingerprint, Files: []ImageFile{}}
	for _, p := range d.parts {
		if err := os.Rename(p.temporary, p.path); err != nil {
			return Image{}, d.local(err)
		}
		image.Files = append(image.Files, ImageFile{p.path, p.size})
	}
	return image, nil
}

// discard removes what has no name yet.
func (d *download) discard() {
	for _, p := range d.parts {
		_ = os.Remove(p.temporary) // it is gone if it has its name
	}
}
