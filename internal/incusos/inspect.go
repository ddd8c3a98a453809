package incusos

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
)

// Contents is what an archive of IncusOS was seen to hold, without anything of its secrets.
type Contents struct {
	Entries      int
	OnlyFiles    bool              // nothing but regular files
	HasState     bool              // state.txt of IncusOS, which an archive of the system has
	RecoveryKey  bool              // at least one in that state; IncusOS restores no system without
	PrimaryApp   bool              // an application that can serve the API
	Certificates map[string]string // fingerprints by file name: server.crt, cluster.crt
}

const (
	stateFile  = "state.txt"
	stateLimit = 16 << 20 // bytes read of a state
	certLimit  = 1 << 20  // bytes read of a certificate
	endOfTar   = 1024     // bytes: two blocks of zeros
)

// magic is how a gzip stream begins. The content type that a server names does not tell (see the package's tests).
var magic = []byte{0x1f, 0x8b}

// Inspect reads an archive to its very end: the gzip stream with its checksum and nothing behind it, and the tar with its end
// mark. An error says what is wrong, as a cause without verb and object.
func Inspect(r io.Reader) (Contents, error) {
	buffered := bufio.NewReader(r)
	if head, err := buffered.Peek(len(magic)); err != nil || !bytes.Equal(head, magic) {
		return Contents{}, errors.New("it is no gzip file")
	}
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return Contents{}, errors.New("it is no gzip file")
	}
	zeros := &trailing{}
	stream := io.TeeReader(unzipped, zeros)
	contents, err := entries(tar.NewReader(stream))
	if err == nil {
		_, err = io.Copy(io.Discard, stream) // the rest has the checksum
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return contents, errors.New("it is cut off")
	case errors.Is(err, gzip.ErrHeader):
		return contents, errors.New("something follows behind its end")
	case errors.Is(err, gzip.ErrChecksum):
		return contents, errors.New("its checksum is wrong")
	case err != nil:
		return contents, fmt.Errorf("it can't be read: %s", foreign(err.Error()))
	case zeros.run < endOfTar:
		return contents, errors.New("it is cut off: the tar has no end mark")
	case contents.Entries == 0:
		return contents, errors.New("it is empty")
	}
	return contents, nil
}

// entries reads all entries of a tar.
func entries(archive *tar.Reader) (Contents, error) {
	contents := Contents{OnlyFiles: true, Certificates: map[string]string{}}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return contents, nil
		}
		if err != nil {
			return contents, err
		}
		name := path.Clean(header.Name)
		if name == "." {
			continue // what was packed again by hand may have it, and IncusOS passes over it
		}
		contents.Entries++
		if header.Typeflag != tar.TypeReg {
			contents.OnlyFiles = false
			continue
		}
		if err := contents.file(name, archive); err != nil {
			return contents, err
		}
	}
}

// file looks into the few files that tell what an archive is.
func (c *Contents) file(name string, r io.Reader) error {
	switch name {
	case stateFile:
		text, err := io.ReadAll(io.LimitReader(r, stateLimit))
		if err != nil {
			return err
		}
		c.HasState = true
		c.RecoveryKey, c.PrimaryApp = recoveryKey.Match(text), primaryApp.Match(text)
	case "server.crt", "cluster.crt":
		text, err := io.ReadAll(io.LimitReader(r, certLimit))
		if err != nil {
			return err
		}
		if sum, ok := certificateOf(text); ok {
			c.Certificates[name] = sum
		}
	}
	return nil
}

// What the state of IncusOS says in lines such as "System.Security.Config.EncryptionRecoveryKeys[0]: …".
var (
	recoveryKey = regexp.MustCompile(`(?m)^System\.(Security|Encryption)\.Config\.(Encryption)?RecoveryKeys\[\d+\]:\s*\S`)
	primaryApp  = regexp.MustCompile(`(?mi)^Applications[.\[]"?(incus|operations-?center|migration-?manager)["\].]`)
)

// certificateOf returns the SHA-256 of the first certificate in PEM.
func certificateOf(text []byte) (string, bool) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return "", false
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:]), true
}

// trailing counts the zeros at the end of what was written to it.
type trailing struct{ run int }

func (t *trailing) Write(p []byte) (int, error) {
	rest := bytes.TrimRight(p, "\x00")
	if len(rest) > 0 {
		t.run = 0
	}
	t.run += len(p) - len(rest)
	return len(p), nil
}

// checkFor returns what an archive lacks of being one of that part, and nil if nothing.
func (c Contents) checkFor(part Part) error {
	switch {
	case part == System && !c.HasState:
		return errors.New("it holds no " + stateFile + ", so it is no archive of a system")
	case part == System && !c.OnlyFiles:
		return errors.New("it holds other things than files, and IncusOS takes no such archive of a system")
	case part.Application() && c.HasState && c.OnlyFiles:
		return errors.New("it is the archive of a system, not of an application")
	}
	return nil
}

// tail keeps the last bytes that were written to it, in which a host tells why it broke off.
type tail struct{ kept []byte }

const tailLimit = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p[max(0, len(p)-tailLimit):]...)
	t.kept = t.kept[max(0, len(t.kept)-tailLimit):]
	return len(p), nil
}

// message is the error that stands at the end of what a host sent, or "".
func (t *tail) message() string {
	at := bytes.LastIndex(t.kept, []byte(`{"type":"error"`))
	if at < 0 {
		return ""
	}
	var e envelope
	if err := json.NewDecoder(bytes.NewReader(t.kept[at:])).Decode(&e); err != nil {
		return ""
	}
	return foreign(e.Error)
}
