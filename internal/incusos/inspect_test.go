package incusos

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"iab/internal/ostest"
)

func TestInspectTellsTheSystemFromAnApplication(t *testing.T) {
	h := ostest.New(t)
	system, err := Inspect(bytes.NewReader(ostest.Tarball(h.System)))
	if err != nil || !system.HasState || !system.RecoveryKey || !system.PrimaryApp || !system.OnlyFiles || system.Entries != 2 {
		t.Errorf("%+v, %v", system, err)
	}
	app, err := Inspect(bytes.NewReader(ostest.Tarball(h.Apps["incus"].Files)))
	if err != nil || app.HasState || app.OnlyFiles || app.Certificates["server.crt"] != h.Fingerprint() {
		t.Errorf("%+v, %v", app, err)
	}
	bare, err := Inspect(bytes.NewReader(ostest.Tarball(map[string]string{"./state.txt": "#Version: 8\nApplications.IncusCeph.State.Version: 1\n"})))
	if err != nil || !bare.HasState || bare.RecoveryKey || bare.PrimaryApp {
		t.Errorf("a state with neither key nor application: %+v, %v", bare, err)
	}
}

func TestInspectFindsWhatIsCutOffAtEveryByte(t *testing.T) {
	whole := ostest.Tarball(map[string]string{"a": strings.Repeat("x", 100), "b": "y"})
	for n := range whole {
		if _, err := Inspect(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("%d of %d bytes are taken for an archive", n, len(whole))
		}
	}
	for n := 10; n < len(whole); n++ { // the first ten bytes hold a time and a system
		changed := bytes.Clone(whole)
		changed[n] ^= 0x55
		if _, err := Inspect(bytes.NewReader(changed)); err == nil {
			t.Fatalf("byte %d is wrong, and nobody sees it", n)
		}
	}
}

func TestInspectFindsATarWithoutItsEnd(t *testing.T) {
	zipped, err := gzip.NewReader(bytes.NewReader(ostest.Tarball(map[string]string{"a": "x"})))
	if err != nil {
		t.Fatal(err)
	}
	var tar, again bytes.Buffer
	if _, err := tar.ReadFrom(zipped); err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(&again)
	_, _ = w.Write(bytes.TrimRight(tar.Bytes(), "\x00")) // the gzip itself is whole
	_ = w.Close()
	if _, err := Inspect(&again); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("%v", err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(ostest.Tarball(map[string]string{"state.txt": "System.Security.Config.EncryptionRecoveryKeys[0]: x\n", "d/": "", "l": "-> d"}))
	f.Add(append(ostest.Tarball(map[string]string{"a": "b"}), `{"type":"error","error":"x"}`...))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, data []byte) {
		contents, err := Inspect(bytes.NewReader(data))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("the error is no clean line: %q", err)
			}
			return
		}
		if contents.Entries < 1 {
			t.Errorf("an archive of nothing: %+v", contents)
		}
		if _, err := Inspect(bytes.NewReader(data[:len(data)-1])); err == nil {
			t.Error("an archive without its last byte is taken")
		}
		for name, sum := range contents.Certificates {
			if len(sum) != 64 {
				t.Errorf("the fingerprint of %s is %q", name, sum)
			}
		}
	})
}

func TestTheHostsMessageIsFoundAtTheEndOfWhateverItSent(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		`{"type":"error","error":"no space","error_code":500}`:                               "no space",
		strings.Repeat("\x00", 3*tailLimit) + `{"type":"error","error":"a \"b\"\nc"}` + "\n": `a "b" c`,
		`{"type":"error","error":"cut`:                                                       "",
	} {
		end := &tail{}
		for part := range strings.SplitSeq(text, "\x00") {
			_, _ = end.Write([]byte(part + "\x00"))
		}
		_, _ = end.Write([]byte(text))
		if got := end.message(); got != want {
			t.Errorf("%.60q: got %q, want %q", text, got, want)
		}
	}
}
