package incusos

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"iab/internal/ostest"
)

// keys are a private key, the file that it lies in, and its recipient.
func keys(t *testing.T) (file string, recipients []age.Recipient) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(file, []byte("# created\n"+key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	recipients, err = ParseRecipients([]string{key.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	return file, recipients
}

func TestAnEncryptedArchiveComesBackWithItsIdentityAndHoldsNoSecretWithout(t *testing.T) {
	h := ostest.New(t)
	file, recipients := keys(t)
	a := archiveOf(t, h, System, func(j *Job) { j.Recipients = recipients })
	if !strings.HasSuffix(a.Path, ".tar.gz.age") || !a.Encrypted || holds(t, a.Path, "SECRET") {
		t.Errorf("%+v", a)
	}
	if c, _ := Verify(a, nil); !c.OK || c.Decrypted || !c.Hashed {
		t.Errorf("without the identity: %+v", c)
	}
	identities, err := ReadIdentities(file)
	if err != nil {
		t.Fatal(err)
	}
	if c, contents := Verify(a, identities); !c.OK || !c.Decrypted || !contents.RecoveryKey {
		t.Errorf("with the identity: %+v, %+v", c, contents)
	}
	spooled, size, _, err := a.Spool(identities)
	if err != nil {
		t.Fatal(err)
	}
	defer spooled.Close()
	if size != a.Note.ContentSize {
		t.Errorf("%d bytes are ready, the archive has %d", size, a.Note.ContentSize)
	}
	if _, err := os.Stat(spooled.Name()); err == nil {
		t.Errorf("the decrypted archive lies in %s", spooled.Name())
	}
	if _, _, _, err := a.Spool(nil); kindOf(err) != Locked {
		t.Errorf("without the identity: %v", err)
	}
	other, _ := keys(t)
	strangers, err := ReadIdentities(other)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := Verify(a, strangers); c.OK || !strings.Contains(c.Error, "another identity") {
		t.Errorf("with another identity: %+v", c)
	}
}

func TestWhatIsNoKeyIsRefusedAndNotShown(t *testing.T) {
	if _, err := ParseRecipients([]string{"age1nonsense"}); kindOf(err) != Refused {
		t.Errorf("%v", err)
	}
	file := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(file, []byte("AGE-SECRET-KEY-1NONSENSE"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, file + "x"} {
		if _, err := ReadIdentities(path); kindOf(err) != Refused || strings.Contains(err.Error(), "NONSENSE") {
			t.Errorf("%v", err)
		}
	}
}

func TestVerifyFindsEveryDamage(t *testing.T) {
	h := ostest.New(t)
	for name, c := range map[string]struct {
		damage func(t *testing.T, a Archive)
		part   string
	}{
		"cut off":   {func(t *testing.T, a Archive) { truncate(t, a.Path, a.Size-1) }, "bytes"},
		"one bit":   {func(t *testing.T, a Archive) { flip(t, a.Path, a.Size/2) }, "hash"},
		"no note":   {func(t *testing.T, a Archive) { remove(t, a.Path+noteSuffix); truncate(t, a.Path, a.Size-1) }, "cut off"},
		"bad note":  {func(t *testing.T, a Archive) { truncate(t, a.Path+noteSuffix, 10); flip(t, a.Path, a.Size/2) }, ""},
		"all there": {func(*testing.T, Archive) {}, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			a := archiveOf(t, h, "incus", nil)
			c.damage(t, a)
			again, err := Single(a.Path)
			if err != nil {
				t.Fatal(err)
			}
			check, _ := Verify(again, nil)
			if check.OK != (c.part == "-") || !check.OK && !strings.Contains(check.Error, c.part) {
				t.Errorf("%+v", check)
			}
		})
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	data := read(t, path)
	data[at] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func TestAPolicyThinsOutTheFilesAndNotesOfWhatWasArchivedOnly(t *testing.T) {
	h := ostest.New(t)
	j := whole(t)
	now := noon
	j.Clock, j.Retention, j.Prune = func() time.Time { return now }, policy("2,1d3d"), true
	for range 10 {
		for _, r := range j.Run(t.Context(), server(h)) {
			if r.Outcome == Failure {
				t.Fatalf("%+v", r)
			}
		}
		now = now.Add(12 * time.Hour)
	}
	list, err := j.Store.List()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range list {
		names = append(names, string(a.Part)+" "+a.At.Format("02T15"))
		if a.Problem != "" {
			t.Errorf("%+v", a)
		}
	}
	want := "incus 12T12 incus 13T12 incus 14T12 incus 15T00 system 12T12 system 13T12 system 14T12 system 15T00"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	notes, err := filepath.Glob(filepath.Join(j.Store.Dir, "*/*/*/*"+noteSuffix))
	if err != nil || len(notes) != len(list) {
		t.Errorf("%d notes for %d archives", len(notes), len(list))
	}
}

func TestTheNewestGoodArchiveIsNeverExpiredAndADamagedOneDoesNotCount(t *testing.T) {
	day := 24 * time.Hour
	archives := []Archive{
		{Path: "a", At: noon.Add(-900 * day)},
		{Path: "b", At: noon.Add(-800 * day)}, // the newest good one
		{Path: "c", At: noon.Add(-day), Problem: "cut off"},
		{Path: "d", At: noon, Problem: "its note is missing"},
		{Path: "e", At: noon.Add(day)}, // of a clock that runs ahead
	}
	var expired []string
	for i, v := range Judge(policy("1h1h"), noon, archives) {
		if v.Point.ID != archives[i].Path {
			t.Errorf("the verdict of %s is that of %s", archives[i].Path, v.Point.ID)
		}
		if v.Expired {
			expired = append(expired, archives[i].Path)
		}
	}
	if len(expired) != 1 || expired[0] != "a" {
		t.Errorf("expired are %v, want only a", expired)
	}
}

func TestNothingIsThinnedOutOfWhatFailed(t *testing.T) {
	h := ostest.New(t)
	j := whole(t)
	now := noon
	j.Clock, j.Retention, j.Prune = func() time.Time { return now }, policy("1"), true
	first := result(t, j.Run(t.Context(), server(h)), "incus")
	h.Apps["incus"].Breaks = "no space"
	now = now.Add(time.Hour)
	want(t, result(t, j.Run(t.Context(), server(h)), "incus"), Failure, "no space")
	if _, err := os.Stat(first.File); err != nil {
		t.Error(err)
	}
}

func TestNamesThatAreNoDirectoriesAreWrittenSoThatTheyAre(t *testing.T) {
	s := Store{"d"}
	seen := map[string]bool{}
	for _, name := range []string{"..", ".", "a/b", "a%2Fb", "a b", "", "ä"} {
		place := s.place(name, name, System)
		if steps := strings.Split(place, "/"); name != "" && (len(steps) != 4 || strings.HasPrefix(steps[1], ".")) {
			t.Errorf("%q becomes %s", name, place)
		}
		if seen[place] {
			t.Errorf("%q shares %s", name, place)
		}
		seen[place] = true
	}
	for _, name := range []string{"../x", "state", "system", "a/b", "", ".x", "A"} {
		if ValidApplication(name) {
			t.Errorf("%q is taken for an application", name)
		}
	}
}

func TestAListOfArchivesTellsWhatIsOddAndPassesOverOtherFiles(t *testing.T) {
	h := ostest.New(t)
	j := whole(t)
	j.AllApps = false
	want(t, result(t, j.Run(t.Context(), server(h)), System), OK)
	if list, err := (Store{filepath.Join(j.Store.Dir, "nowhere")}).List(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	other := filepath.Join(j.Store.Dir, "prod/b/system/IAB_20260309-120000.tar.gz")
	for _, path := range []string{other, filepath.Join(filepath.Dir(other), "notes.txt")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := j.Store.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if list[0].Path != other || list[0].Problem != "its note is missing" || list[1].Problem != "" {
		t.Errorf("%+v", list)
	}
}
