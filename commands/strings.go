package commands

func stringRows() []Row { return nil }
