package commands

func configRows() []Row { return nil }
