package incusos

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"github.com/goccy/go-yaml"
)

// Check is how the verification of one archive ended.
type Check struct {
	Path      string `json:"path"`
	OK        bool   `json:"ok"`
	Decrypted bool   `json:"decrypted"` // what it holds was read to its end
	Hashed    bool   `json:"hashed"`    // compared with the note
	Error     string `json:"error,omitempty"`
	Hint      string `json:"hint,omitempty"`
}

// Verify reads a whole archive: it compares its hash with the note, decrypts it if identities are given, and reads what it
// holds to its end. An encrypted archive without identities is only hashed.
func Verify(a Archive, identities []age.Identity) (Check, Contents) {
	c := Check{Path: a.Path}
	contents, err := a.read(identities, io.Discard, &c)
	c.OK = err == nil
	if err != nil {
		c.Error, c.Hint = err.Error(), adviceOf(err)
	}
	return c, contents
}

// read does the work of Verify and writes what the archive holds.
func (a Archive) read(identities []age.Identity, into io.Writer, c *Check) (Contents, error) {
	what := "verify " + a.Path
	damaged := func(why error) error {
		return &Error{Kind: Damaged, Text: fmt.Sprintf("%s: %s", what, why), Hint: "use another archive, and find out what happened to this one"}
	}
	file, err := os.Open(a.Path)
	if err != nil {
		return Contents{}, &Error{Text: fmt.Sprintf("%s: %s", what, reason(err)), Hint: "check the owner and the mode of the file", Err: err}
	}
	defer file.Close()
	if a.Note != nil {
		if err := a.compare(file); err != nil {
			return Contents{}, damaged(err)
		}
		c.Hashed = true
	}
	plain, err := unsealed(file, identities)
	if err != nil {
		if c.Hashed && len(identities) == 0 {
			return Contents{}, nil
		}
		return Contents{}, &Error{Kind: Locked, Text: fmt.Sprintf("%s: %s", what, err), Hint: "name the private key by --identity"}
	}
	content := sha256.New()
	contents, err := inspectPart(a.Part, io.TeeReader(plain, io.MultiWriter(content, into)))
	switch {
	case err != nil:
		return contents, damaged(err)
	case a.Note != nil && hex.EncodeToString(content.Sum(nil)) != a.Note.ContentSHA256:
		return contents, damaged(errors.New("the hash of what it holds is not the one of its note"))
	}
	c.Decrypted = true
	return contents, nil
}

// compare compares a file with its note and goes back to its beginning.
func (a Archive) compare(file *os.File) error {
	if a.Problem != "" {
		return errors.New(a.Problem)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return errors.New(reason(err))
	}
	if hex.EncodeToString(sum.Sum(nil)) != a.Note.SHA256 {
		return errors.New("its hash is not the one of its note")
	}
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// unsealed returns a reader of what a file holds, encrypted or not. The error is a cause without verb and object.
func unsealed(file *os.File, identities []age.Identity) (io.Reader, error) {
	head := make([]byte, len(sealed))
	n, _ := io.ReadFull(file, head) // what is shorter is not encrypted
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case !bytes.Equal(head[:n], sealed):
		return file, nil
	case len(identities) == 0:
		return nil, errors.New("it is encrypted")
	}
	return decrypted(file, identities)
}

// Spool verifies an archive and returns what it holds as a file that is ready to be sent, since a server waits ten seconds for
// it. What was encrypted goes into a file without a name, which is gone when it is closed or the process ends.
func (a Archive) Spool(identities []age.Identity) (file *os.File, size int64, contents Contents, err error) {
	var c Check
	temp, err := os.CreateTemp("", "iab-")
	if err != nil {
		return nil, 0, contents, writing("restore "+a.Path, "a temporary file", err)
	}
	err = os.Remove(temp.Name())
	if err == nil {
		contents, err = a.read(identities, temp, &c)
	}
	if err == nil && !c.Decrypted {
		err = &Error{Kind: Locked, Text: fmt.Sprintf("restore %s: it is encrypted", a.Path), Hint: "name the private key by --identity"}
	}
	if err == nil {
		size, err = temp.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = temp.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = temp.Close()
		return nil, 0, contents, err
	}
	return temp, size, contents, nil
}

// inspectPart reads what an archive holds to its end.
func inspectPart(part Part, r io.Reader) (Contents, error) {
	if part == State {
		text, err := io.ReadAll(r)
		if err != nil {
			return Contents{}, errors.New("it is cut off")
		}
		return Contents{Entries: 1}, checkState(text)
	}
	contents, err := Inspect(r)
	if err == nil && part != "" {
		err = contents.checkFor(part)
	}
	return contents, err
}

// checkState reads definitions as far as it takes to see that they are whole.
func checkState(text []byte) error {
	var known struct {
		Projects []struct{ Name string } `yaml:"projects"`
	}
	if err := yaml.Unmarshal(text, &known); err != nil {
		return errors.New("it is no YAML")
	}
	if len(known.Projects) == 0 {
		return errors.New("it names no project, not even default")
	}
	return nil
}
