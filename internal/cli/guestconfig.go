package cli

import (
	"context"
	"os"

	"iab/internal/config"
	"iab/internal/guest"
)

const (
	// guestConfig in the place of a config file means that the config stands in configKey.
	guestConfig = "guest:"
	configKey   = "user.iab.config"
)

// guest is the client of the guest API.
func (a *app) guest() *guest.Client { return guest.New(a.socket) }

// load reads and checks the config, from a file or from the guest API.
func (a *app) load(ctx context.Context) (config.Config, error) {
	path := a.configPath()
	if path != guestConfig {
		return config.Load(path)
	}
	data, err := a.configText(ctx)
	if err != nil {
		return config.Config{}, err
	}
	cfg, err := config.Parse(configKey, data)
	if secret := cfg.SecretKey(); err == nil && secret != "" {
		cfg.Warnings = append(cfg.Warnings, secret+": whoever may see this instance in Incus can read the token in "+configKey+
			", and it travels with every copy of the instance; a config in a file keeps it to itself")
	}
	return cfg, err
}

// configText is the config as it stands in its file or key.
func (a *app) configText(ctx context.Context) ([]byte, error) {
	path := a.configPath()
	if path != guestConfig {
		return os.ReadFile(path)
	}
	text, err := a.guest().Value(ctx, configKey)
	if guest.Is(err, guest.Missing) {
		return nil, usage(`set it where the instance lives: incus config set INSTANCE `+configKey+`="$(cat config.json)"`, "%s", err)
	}
	return []byte(text), guestFailure(err)
}
