import ArgumentParser
import Yams
@main struct GliaCommand: ParsableCommand { }
