package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"iab/internal/config"
)

// writable refuses a place for the config where none could be made, before a token is used up.
func writable(path string) error {
	const hint = "name another place by --out-config"
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return usage(hint, "write %s: it is a directory", path)
	}
	dir := filepath.Dir(path)
	info, err = os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return usage("make the directory first, or name another by --out-config", "write %s: the directory %s does not exist", path, dir)
	case err != nil:
		return usage(hint, "write %s: %s", path, cause(err))
	case !info.IsDir():
		return usage(hint, "write %s: %s is not a directory", path, dir)
	}
	return nil
}

// configFile is where the config is or will be.
func (o onboardOptions) configFile() string {
	if strings.HasSuffix(o.outConfig, ".json") {
		return o.outConfig
	}
	return filepath.Join(o.outConfig, defaultConfig)
}

// writeConfig writes a first config, or shows what would stand in it where one exists.
func (a *app) writeConfig(o onboardOptions, existing *config.Config) (configState, error) {
	path := o.configFile()
	if existing != nil {
		return a.checkConfig(o, path, *existing)
	}
	if o.url.Source == "" || o.url.Target == "" {
		fmt.Fprintf(o.out, "%s is not written: onboard the other server too\n", path)
		return configIncomplete, nil
	}
	data := config.Initial(o.credDir, uuid.NewString(), "source", o.url.Source, "target", o.url.Target)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		fmt.Fprintf(o.out, "%s exists and can't be read as a config; it is left as it is. A new one would be:\n%s", path, data)
		return configUnreadable, nil
	case err != nil:
		return "", usage("name another place by --out-config", "write %s: %s", path, cause(err))
	}
	if _, err := file.Write(data); err != nil {
		_ = file.Close()
		return "", usage("", "write %s: %s", path, cause(err))
	}
	if err := file.Close(); err != nil {
		return "", usage("", "write %s: %s", path, cause(err))
	}
	fmt.Fprintf(o.out, "%s written; name your projects, instances and volumes in it, then look at `iab plan`\n", path)
	return configWritten, nil
}

// checkConfig compares the hosts of an existing config with those onboarded now.
func (a *app) checkConfig(o onboardOptions, path string, existing config.Config) (configState, error) {
	differences := existing.SameHosts(o.url.Source, o.url.Target)
	if len(differences) == 0 {
		fmt.Fprintf(o.out, "%s exists and names these servers; it is left as it is\n", path)
		return configKept, nil
	}
	fmt.Fprintf(o.out, "%s exists and is left as it is, but it names other servers:\n", path)
	for _, difference := range differences {
		fmt.Fprintf(o.out, "  %s\n", difference)
	}
	return configDiffers, nil
}
