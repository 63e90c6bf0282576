-- The configuration of the Neovim that is tested: the plugin as a user sets it up, and nothing else.

vim.opt.runtimepath:prepend(vim.env.FIRESTEEL_PLUGIN)
vim.opt.swapfile = false
-- Looking for Python's provider takes seconds.
vim.g.loaded_python3_provider = 0
vim.opt.shortmess:append('I')
vim.cmd.runtime('plugin/firesteel.lua')
require('firesteel').setup({ ghost_text = vim.env.FIRESTEEL_GHOST_TEXT or 'auto' })
vim.keymap.set('i', '<C-y>', '<Plug>(firesteel-accept)')
vim.keymap.set('i', '<C-f>', '<Plug>(firesteel-accept-word)')
vim.keymap.set('i', '<C-l>', '<Plug>(firesteel-accept-line)')
-- What a test types is what it says: no comment is continued by itself.
vim.api.nvim_create_autocmd('FileType', { command = 'setlocal formatoptions-=r formatoptions-=o' })

if vim.env.FIRESTEEL_BESIDE then
  vim.lsp.config('rust-analyzer', {
    cmd = { vim.env.FIRESTEEL_BESIDE },
    filetypes = { 'rust' },
    root_markers = { 'Cargo.toml' },
    init_options = { checkOnSave = false, cargo = { buildScripts = { enable = false } }, procMacro = { enable = false } },
  })
  vim.lsp.enable('rust-analyzer')
end
