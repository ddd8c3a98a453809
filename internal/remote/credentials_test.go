package remote

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var march = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// known returns the Error in an error.
func known(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want one of this package", err)
	}
	return e
}

// wantError checks the kind of an error, that it names what must be named, and that it has advice.
func wantError(t *testing.T, err error, kind Kind, parts ...string) {
	t.Helper()
	e := known(t, err)
	if e.Kind != kind {
		t.Errorf("kind of %q: got %q, want %q", e.Text, e.Kind, kind)
	}
	for _, part := range parts {
		if !strings.Contains(e.Text, part) {
			t.Errorf("error %q does not name %q", e.Text, part)
		}
	}
	if e.Advice() == "" && kind != Interrupted {
		t.Errorf("error %q has no hint", e.Text)
	}
	if strings.ContainsAny(e.Text+e.Hint, "\n*") {
		t.Errorf("error %q with hint %q is no plain line", e.Text, e.Hint)
	}
}

func mustEnsure(t testing.TB, dir string, now time.Time) Credentials {
	t.Helper()
	c, _, err := EnsureCredentials(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustWrite(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func TestNewCredentialsAreAPrivateClientPair(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "cred")
	c, created, err := EnsureCredentials(dir, march)
	if err != nil || !created {
		t.Fatalf("created %v: %v", created, err)
	}
	cert, err := parsePEM(c.CertPEM)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	key, isECDSA := cert.PublicKey.(*ecdsa.PublicKey)
	if !isECDSA || key.Curve != elliptic.P384() {
		t.Errorf("the key is %T, want ECDSA P-384", cert.PublicKey)
	}
	if cert.Subject.CommonName != "iab@"+host || !c.NotAfter().Equal(march.AddDate(10, 0, 0)) || !cert.NotBefore.Before(march) {
		t.Errorf("the certificate is for %s from %s to %s", cert.Subject.CommonName, cert.NotBefore, c.NotAfter())
	}
	if diff := cmp.Diff([]x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, cert.ExtKeyUsage); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]os.FileMode{"": 0o700 | os.ModeDir, certFile: 0o600, keyFile: 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
			t.Errorf("mode of %q: got %v, want %v: %v", name, info.Mode(), want, err)
		}
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings about new files: %q", c.Warnings)
	}
	if names, _ := os.ReadDir(dir); len(names) != 2 {
		t.Errorf("the directory holds more than the pair: %v", names)
	}
}

func TestExistingCredentialsAreKept(t *testing.T) {
	dir := t.TempDir()
	before := mustEnsure(t, dir, march)
	after, created, err := EnsureCredentials(dir, march.AddDate(1, 0, 0))
	if err != nil || created {
		t.Fatalf("created %v: %v", created, err)
	}
	loaded, err := LoadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Credentials{after, loaded} {
		if c.CertPEM != before.CertPEM || c.KeyPEM != before.KeyPEM {
			t.Error("the pair has changed")
		}
	}
}

func TestHalfAPairIsAnErrorAndNotReplaced(t *testing.T) {
	for lost, kept := range map[string]string{certFile: keyFile, keyFile: certFile} {
		t.Run("without "+lost, func(t *testing.T) {
			dir := t.TempDir()
			mustEnsure(t, dir, march)
			if err := os.Remove(filepath.Join(dir, lost)); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(filepath.Join(dir, kept))
			_, _, err := EnsureCredentials(dir, march)
			wantError(t, err, BadCredentials, lost+" is missing", kept)
			after, _ := os.ReadFile(filepath.Join(dir, kept))
			if _, err := os.Stat(filepath.Join(dir, lost)); !os.IsNotExist(err) || !bytes.Equal(before, after) {
				t.Error("the half pair was touched")
			}
		})
	}
}

func TestAPairMadeMeanwhileIsNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, certFile), "theirs", 0o600)
	cert, key, err := newPair(march)
	if err != nil {
		t.Fatal(err)
	}
	if err := savePair(dir, cert, key); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v, want that the file exists", err)
	}
	names, _ := os.ReadDir(dir)
	data, _ := os.ReadFile(filepath.Join(dir, certFile))
	if len(names) != 1 || string(data) != "theirs" {
		t.Errorf("the directory holds %v, the certificate %q", names, data)
	}
}

func TestRSAPairsOfTheOlderToolLoad(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old"}, NotAfter: march}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})
	mustWrite(t, filepath.Join(dir, certFile), encodePEM(der), 0o644)
	mustWrite(t, filepath.Join(dir, keyFile), string(key), 0o600)
	c, created, err := EnsureCredentials(dir, march)
	if err != nil || created || c.Fingerprint() != fingerprint(der) {
		t.Errorf("created %v, fingerprint %s: %v", created, c.Fingerprint(), err)
	}
}

func TestUnusableCredentialsSayWhy(t *testing.T) {
	other := mustEnsure(t, t.TempDir(), march)
	cert := func(dir string) string { return filepath.Join(dir, certFile) }
	key := func(dir string) string { return filepath.Join(dir, keyFile) }
	for name, c := range map[string]struct {
		spoil func(dir string) error
		kind  Kind
		part  string
	}{
		"no directory": {os.RemoveAll, NotOnboarded, "the directory does not exist"},
		"no files": {func(dir string) error { return errors.Join(os.Remove(cert(dir)), os.Remove(key(dir))) },
			NotOnboarded, certFile + " and " + keyFile + " are missing"},
		"a file in its place": {func(dir string) error { return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)) },
			BadCredentials, "not a directory"},
		"a key of another": {func(dir string) error { return os.WriteFile(key(dir), []byte(other.KeyPEM), 0o600) },
			BadCredentials, "not a certificate and its key"},
		"an empty certificate": {func(dir string) error { return os.WriteFile(cert(dir), nil, 0o600) },
			BadCredentials, "not a certificate and its key"},
		"a directory as key": {func(dir string) error { return errors.Join(os.Remove(key(dir)), os.Mkdir(key(dir), 0o700)) },
			BadCredentials, "is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cred")
			mustEnsure(t, dir, march)
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			_, err := LoadCredentials(dir)
			wantError(t, err, c.kind, dir, c.part)
			if !known(t, err).Usage() {
				t.Errorf("%v would blame a server", err)
			}
		})
	}
}

func TestOpenModesAreWarnedAbout(t *testing.T) {
	dir := t.TempDir()
	mustEnsure(t, dir, march)
	for _, c := range []struct {
		dir, key os.FileMode
		want     int
	}{{0o700, 0o600, 0}, {0o700, 0o400, 0}, {0o750, 0o600, 1}, {0o700, 0o640, 1}, {0o755, 0o644, 2}, {0o700, 0o602, 1}} {
		if err := errors.Join(os.Chmod(dir, c.dir), os.Chmod(filepath.Join(dir, keyFile), c.key)); err != nil {
			t.Fatal(err)
		}
		got, err := LoadCredentials(dir)
		if err != nil || len(got.Warnings) != c.want {
			t.Errorf("modes %o and %o: got %q, want %d warnings: %v", c.dir, c.key, got.Warnings, c.want, err)
		}
	}
}

func TestCredentialsPrintWithoutTheKey(t *testing.T) {
	c := mustEnsure(t, t.TempDir(), march)
	encoded, err := json.Marshal(struct{ C Credentials }{c})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "creds", c, "pointer", &c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "creds", c, "pointer", &c)
	all := fmt.Sprintf("%v %+v %#v %s %v %s %s", c, c, c, c, &c, encoded, log.String())
	secret := strings.Split(c.KeyPEM, "\n")[1]
	if strings.Contains(all, secret[:20]) || !strings.Contains(all, c.Fingerprint()[:12]) {
		t.Errorf("printed: %s", all)
	}
}
