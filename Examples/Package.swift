// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "Glia", path: "..")],
  targets: ["neuron", "xor", "table", "activations", "initialization", "guides", "lenet", "series"].map {
    .executableTarget(name: $0, dependencies: [.product(name: "Glia", package: "Glia")])
  }
    // A guide shows values that it does nothing with.
    + [
      .executableTarget(
        name: "snippets", dependencies: [.product(name: "Glia", package: "Glia")],
        swiftSettings: [.unsafeFlags(["-suppress-warnings"])])
    ]
)
