package guest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iab/internal/guest"
)

func fingerprint(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// whole answers with one file.
func whole(name, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `inline;filename="`+name+`"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		fmt.Fprint(w, content)
	}
}

// split answers with a form, as the host does for images of two files.
func split(metadata, rootfs string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		form := multipart.NewWriter(w)
		w.Header().Set("Content-Type", form.FormDataContentType())
		for _, part := range [][]string{{"metadata", "meta-x.tar.xz", metadata}, {"rootfs", "x.squashfs", rootfs}} {
			file, _ := form.CreateFormFile(part[0], part[1])
			fmt.Fprint(file, part[2])
		}
		form.Close()
	}
}

func TestImagesAreDownloadedWhole(t *testing.T) {
	server, client := inside(t)
	server.Images = true
	server.Exports = map[string]http.HandlerFunc{
		fingerprint("one file"):  whole("one.tar", "one file"),
		fingerprint("meta root"): split("meta ", "root"),
	}
	dir := t.TempDir()
	for content, files := range map[string]map[string]string{
		"one file":  {"one.tar": "one file"},
		"meta root": {"meta-x.tar.xz": "meta ", "x.squashfs": "root"},
	} {
		image, err := client.Image(t.Context(), fingerprint(content), dir)
		if err != nil || len(image.Files) != len(files) {
			t.Fatalf("the image is %+v, %v", image, err)
		}
		for _, file := range image.Files {
			want := files[filepath.Base(file.Path)]
			if got, err := os.ReadFile(file.Path); err != nil || string(got) != want || file.Bytes != int64(len(want)) {
				t.Errorf("%+v holds %q, %v, want %q", file, got, err, want)
			}
		}
	}
	if _, err := client.Image(t.Context(), fingerprint("one file"), dir); !guest.Is(err, guest.Local) || !strings.Contains(err.Error(), "one.tar exists") {
		t.Errorf("a second download into the same directory: %v", err)
	}
}

func TestNothingIsLeftOfAnImageThatDidNotCome(t *testing.T) {
	for name, c := range map[string]struct {
		export http.HandlerFunc
		images bool
		dir    string
		kind   guest.Kind
	}{
		"other content": {whole("x.tar", "changed"), true, "", guest.Malformed},
		"no name":       {whole("..", "content"), true, "", guest.Malformed},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", "inline;filename=x.tar")
			w.Header().Set("Content-Length", "7")
			fmt.Fprint(w, "cont")
		}, true, "", guest.Unreachable},
		"a form that is cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "multipart/form-data; boundary=x")
			fmt.Fprint(w, "--x\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\ncont")
		}, true, "", guest.Unreachable},
		"unknown":      {nil, true, "", guest.Missing},
		"not allowed":  {whole("x.tar", "content"), false, "", guest.Off},
		"no directory": {whole("x.tar", "content"), true, "gone", guest.Local},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := inside(t)
			server.Images = c.images
			server.Exports = map[string]http.HandlerFunc{fingerprint("content"): c.export}
			dir := t.TempDir()
			image, err := client.Image(t.Context(), fingerprint("content"), filepath.Join(dir, c.dir))
			if !guest.Is(err, c.kind) {
				t.Errorf("the image is %+v and the error %v, want the kind %d", image, err, c.kind)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

func TestTheNamesOfAnImageDoNotLeadOutOfTheDirectory(t *testing.T) {
	server, client := inside(t)
	server.Images = true
	server.Exports = map[string]http.HandlerFunc{fingerprint("content"): whole("../../etc/cron.d/x", "content")}
	dir := t.TempDir()
	image, err := client.Image(t.Context(), fingerprint("content"), dir)
	if err != nil || image.Files[0].Path != filepath.Join(dir, "x") {
		t.Errorf("the image is %+v, %v", image, err)
	}
}

func TestAPartOfAFingerprintIsRefused(t *testing.T) {
	_, client := inside(t)
	for _, text := range []string{"", "abcdef", strings.Repeat("x", 64), "../" + strings.Repeat("a", 61)} {
		if _, err := client.Image(t.Context(), text, t.TempDir()); !guest.Is(err, guest.Malformed) {
			t.Errorf("%q: the error is %v", text, err)
		}
	}
}
