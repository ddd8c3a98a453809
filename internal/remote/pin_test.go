package remote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEachHostAndPortHasItsOwnPinFile(t *testing.T) {
	for url, want := range map[string]string{
		"https://Backup1.Example:8443": "backup1.example_8443.pem",
		"https://backup1.example":      "backup1.example_8443.pem",
		"https://backup1.example/":     "backup1.example_8443.pem",
		"https://192.0.2.7:9443":       "192.0.2.7_9443.pem",
		"https://[2001:DB8::1]:8443":   "2001~db8~~1_8443.pem",
		"https://[fe80::1%25eth0]":     "fe80~~1%25eth0_8443.pem",
	} {
		path, err := PinPath("/cred", url)
		if err != nil || path != "/cred/servers/"+want {
			t.Errorf("%s: got %s, want %s: %v", url, path, want, err)
		}
	}
}

func TestPinFilesNeverCollideNorLeaveTheirDirectory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z0-9:._%/~\\-]{1,12}`)
		port := rapid.StringMatching(`[0-9]{1,5}`)
		a := link{host: host.Draw(t, "host a"), port: port.Draw(t, "port a")}
		b := link{host: host.Draw(t, "host b"), port: port.Draw(t, "port b")}
		if a.pinPath("/c") == b.pinPath("/c") && a != b {
			t.Errorf("%v and %v share %s", a, b, a.pinPath("/c"))
		}
		if filepath.Dir(a.pinPath("/c")) != "/c/servers" {
			t.Errorf("%v is pinned in %s", a, a.pinPath("/c"))
		}
	})
}

func TestAddressesThatAreNoServersAreRefused(t *testing.T) {
	for _, url := range []string{"", "backup1", "backup1:8443", "http://backup1:8443", "https://", "https://:8443", "https://a:b:c",
		"https://joe:secret@backup1:8443", "https://backup1:8443/1.0", "https://backup1?x=1", "https://backup1:port", "https://joe:secret@:bad"} {
		_, err := PinPath("/cred", url)
		wantError(t, err, BadAddress)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %q shows the password", url, err)
		}
	}
}

func TestReadPinPrefersTheServersOwnFile(t *testing.T) {
	dir := t.TempDir()
	own, old := mustEnsure(t, filepath.Join(dir, "a"), march).CertPEM, mustEnsure(t, filepath.Join(dir, "b"), march).CertPEM
	read := func(url, want string) {
		t.Helper()
		if got, err := ReadPin(dir, url); err != nil || got != want {
			t.Errorf("%s: got %.60q: %v", url, got, err)
		}
	}
	_, err := ReadPin(dir, "https://h:8443")
	wantError(t, err, NotOnboarded, "https://h:8443", dir)

	mustWrite(t, filepath.Join(dir, "servers", "h.pem"), old, 0o600)
	read("https://h:8443", old)
	read("https://h:9443", old)
	_, err = ReadPin(dir, "https://h2:8443")
	wantError(t, err, NotOnboarded)

	l, err := newLink("source", "https://h:8443")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.writePin(dir, own); err != nil {
		t.Fatal(err)
	}
	read("https://h:8443", own)
	read("https://h:9443", old)

	if err := l.writePin(dir, old); err != nil {
		t.Fatal(err)
	}
	read("https://h:8443", old)
}

func TestPinsArePrivateAndWrittenWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cred")
	l := link{side: "target", host: "::1", port: "8443"}
	if err := l.writePin(dir, "PEM"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{filepath.Join(dir, "servers"): 0o700 | os.ModeDir, l.pinPath(dir): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("mode of %s: got %v, want %v: %v", path, info.Mode(), want, err)
		}
	}
	if names, _ := os.ReadDir(filepath.Join(dir, "servers")); len(names) != 1 {
		t.Errorf("servers holds %v", names)
	}
}

func TestAPinThatCannotBeReadSaysWhichFile(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "servers", "h_8443.pem"), "junk", 0o600)
	_, err := ReadPin(dir, "https://h:8443")
	wantError(t, err, BadCredentials, "h_8443.pem", "not a certificate")
	if err := os.Mkdir(filepath.Join(dir, "servers", "d_8443.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = ReadPin(dir, "https://d:8443")
	wantError(t, err, BadCredentials, "d_8443.pem", "is a directory")

	mustWrite(t, filepath.Join(dir, "flat", "servers"), "", 0o600)
	l := link{side: "source", host: "h", port: "8443"}
	wantError(t, l.writePin(filepath.Join(dir, "flat"), "PEM"), BadCredentials, "https://h:8443", "not a directory")
}
