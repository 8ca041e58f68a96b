package commands

func infoRows() []Row { return nil }
