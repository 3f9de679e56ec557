#!/bin/sh
# Installs or upgrades from an unpacked bundle, without network: sh install.sh [folder], /opt/guiwen if not given.
# What is the installation's own (.env, corpus/, index/, data/) is made if it is missing and never overwritten.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/guiwen}
version=$(cat "$here/VERSION")

fail() {
  echo "安装没有完成：$1" >&2
  exit 1
}

echo "核对文件…"
(cd "$here" && sha256sum --quiet -c SHA256SUMS) || fail "安装包不完整或被改动过，请重新复制。"
"$here/node/bin/node" -e 0 2>/dev/null || fail "这个安装包是给 $(cat "$here/PLATFORM") 的，不能在本机（$(uname -sm)）运行。"

mkdir -p "$target/versions" 2>/dev/null || fail "不能写入 $target，请用有权限的用户，或另给一个文件夹：sh install.sh 文件夹"
rm -rf "$target/versions/$version.new"
mkdir "$target/versions/$version.new"
cp -R "$here/app" "$here/node" "$here/VERSION" "$target/versions/$version.new/"
if [ -e "$target/versions/$version" ]; then
  rm -rf "$target/versions/$version.old"
  mv "$target/versions/$version" "$target/versions/$version.old"
fi
mv "$target/versions/$version.new" "$target/versions/$version"
# A rename is the moment of the upgrade; a link that is there cannot be overwritten in one step.
ln -s "versions/$version" "$target/current.new"
mv -Tf "$target/current.new" "$target/current"
rm -rf "$target/versions/$version.old"

[ -e "$target/corpus" ] || cp -R "$here/app/corpus" "$target/corpus"
[ -e "$target/.env" ] || { cp "$here/app/.env.example" "$target/.env" && chmod 600 "$target/.env"; }
mkdir -p "$target/index"
[ -e "$target/data" ] || mkdir -m 700 "$target/data"
cp "$here/app/deploy/guiwen" "$target/guiwen.new"
chmod 755 "$target/guiwen.new"
mv -f "$target/guiwen.new" "$target/guiwen"

echo "已装好规问 ${version}：$target"
echo "启动：$target/guiwen serve"
echo "设置：$target/.env；常驻、备份与升级见 $target/current/app/docs/operations.md"
